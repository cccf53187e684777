// Programs that would never end, take all memory, or call themselves for ever.
DefinitionBlock ("", "DSDT", 2, "VALHAL", "LIMITS", 1)
{
    Name (GOOD, 1)
    Method (LOOP) { While (One) { } }
    Method (SELF) { SELF () }
    Method (GROW) { Local0 = "abcdefgh" While (One) { Local0 = Concatenate (Local0, Local0) } }
    Method (HUGE) { Return (Buffer (0xFFFFFFFFFFFFFFFF) {}) }
    Method (MANY) { Local0 = 0x7FFFFFFF Return (Package (Local0) {}) }
    Method (NEST)
    {
        Local0 = Package (1) {}
        Local1 = 0
        While (Local1 < 100) { Local2 = Package (1) {} Local2 [0] = Local0 Local0 = Local2 Local1++ }
        Return (Local0)
    }
    Method (CHRN)
    {
        // Garbage: each value is dropped for the next.
        Local0 = 0
        While (Local0 < 2000) { Local1 = Buffer (1000) { } Local0++ }
        Return (SizeOf (Local1))
    }
    Method (STAL) { Return (MAKE ()) }
    Method (MAKE, 0, Serialized) { Name (TEMP, 5) Return (RefOf (TEMP)) }
    Method (LOCL) { Local0 = 5 Return (RefOf (Local0)) }
    Method (USEL) { Local0 = LOCL () Return (DerefOf (Local0)) }
    Method (USES) { Local0 = MAKE () Return (DerefOf (Local0)) }
    Event (EVTA)
    Method (WTEV) { Wait (EVTA, 0xFFFF) }
}
