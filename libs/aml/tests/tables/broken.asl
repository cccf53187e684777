// Terms that fail at table level, between terms that are good.
DefinitionBlock ("", "DSDT", 2, "VALHAL", "BROKEN", 1)
{
    External (MSNG, MethodObj)
    External (MSNV, IntObj)
    External (\_SB.NOPE, DeviceObj)
    Name (AAAA, 1)
    Scope (\_SB.NOPE) { Name (INNR, 1) }
    Name (BBBB, 2)
    Store (MSNG (1, AAAA), AAAA)
    Name (CCCC, 3)
    AAAA = MSNV + 5
    Name (DDDD, 4)
    If (MSNV == 1) { Name (IFIN, 1) } Else { Name (ELIN, 1) }
    Name (EEEE, 5)
    MSNG (AAAA, "text", Package () {1})
    Name (FFFF, 6)
    Device (DEVA)
    {
        Name (DEV1, 1)
        Store (5 / Zero, AAAA)
        Name (AAAA, 7)
        Name (AAAA, 8)
        Name (DEV2, 2)
    }
    Name (GGGG, 7)
    Name (PKGF, Package () {1, MSNV, LATE})
    Name (LATE, 9)
    Method (GETM) { Return (DerefOf (PKGF [1])) }
    Method (GETL) { Return (DerefOf (PKGF [2])) }
    Method (USEM) { Return (MSNV) }
}
