DefinitionBlock ("", "DSDT", 2, "VALHAL", "CASES", 1)
{
    External (EXTN, IntObj)
    Name (INTR, 5)
    Name (DUPN, 1)
    Alias (INTR, ALIA)
    Method (TRIP, 1) { Return (Arg0 * 3) }
    Alias (TRIP, ALIM)
    Device (\_SB.DEVA)
    {
        Name (INTD, 42)
        Method (GETP) { Return (^INTD) }
        Method (GETU) { Return (INTR) }
        Method (GETC) { Return (^SUBD.INTS) }
        Device (SUBD)
        {
            Name (INTS, 43)
            Name (INTR, 44)
            Alias (INTD, ALID)
            Method (GETG) { Return (INTR + ^^INTD) }
        }
        If (INTR) { Name (IFY1, 1) }
        If (!INTR) { Name (IFN1, 1) } Else { Name (ELS1, 1) }
    }
    Name (TOPS, 0)
    Store (7, TOPS)
    Name (TOPW, 0)
    While (TOPW < 3) { TOPW++ }
    Name (TOPM, 0)
    TOPM = TRIP (5)
    Method (FWDR) { Return (\LATN) }
    Name (LATN, 12)
    Scope (\_SB) { Device (DEVC) { Name (_ADR, 77) } }
    Name (\SCPD, 88)

    Method (T001) { Return (\_SB.DEVA.INTD) }
    Method (T002) { Return (\_SB.DEVA.GETP ()) }
    Method (T003) { Return (\_SB.DEVA.GETU ()) }
    Method (T004) { Return (\_SB.DEVA.GETC ()) }
    Method (T005) { Return (\_SB.DEVA.SUBD.GETG ()) }
    Method (T006) { Return (ALIA) }
    Method (T007) { ALIA = 9 Return (INTR) }
    Method (T008) { Return (ALIM (4)) }
    Method (T009) { Return (\_SB.DEVA.SUBD.ALID) }
    Method (T010) { Return (NOPE) }
    Method (T011) { Return (\_SB.DEVA.NOPE) }
    Method (T012) { Return (CondRefOf (\_SB.DEVA.IFY1)) }
    Method (T013) { Return (CondRefOf (\_SB.DEVA.IFN1)) }
    Method (T014) { Return (CondRefOf (\_SB.DEVA.ELS1)) }
    Method (T015) { Return (TOPS) }
    Method (T016) { Return (TOPW) }
    Method (T017) { Return (TOPM) }
    Method (T018) { Return (ObjectType (EXTN)) }
    Method (T019) { Return (FWDR ()) }
    Method (T020) { Return (\_SB.DEVC._ADR) }
    Method (T021) { Return (\SCPD) }
    Method (T022, 0, Serialized) { Name (LOCN, 3) Return (\T022.LOCN) }
}
