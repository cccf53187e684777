// Terms that the other cases do without: each constant, variable and kind of package.
DefinitionBlock ("", "DSDT", 2, "VALHAL", "CASES", 1)
{
    Name (INTA, 3)
    Method (SEVN, 7)
    {
        Local0 = Package (7) { }
        Local0 [0] = Arg0 Local0 [1] = Arg1 Local0 [2] = Arg2 Local0 [3] = Arg3
        Local0 [4] = Arg4 Local0 [5] = Arg5 Local0 [6] = Arg6
        Return (Local0)
    }
    Method (SETS, 7)
    {
        Arg0 = 1 Arg1 = 2 Arg2 = 3 Arg3 = 4 Arg4 = 5 Arg5 = 6 Arg6 = 7
        Return (Arg0 + Arg1 * Arg2 + Arg3 * Arg4 + Arg5 * Arg6)
    }
    Method (T001) { Return (0x42) }
    Method (T002) { Return (0x1234) }
    Method (T003) { Return (0x12345678) }
    Method (T004) { Return (0x123456789ABCDEF0) }
    Method (T005) { Return (Zero) }
    Method (T006) { Return (One) }
    Method (T007) { Return (Ones) }
    Method (T008) { Return ("text") }
    Method (T009) { Return (Package (INTA) {1, 2}) }
    Method (T010) { Return (Package (2) {1}) }
    Method (T011)
    {
        Local0 = 1 Local1 = 2 Local2 = 3 Local3 = 4
        Local4 = 5 Local5 = 6 Local6 = 7 Local7 = 8
        Local0 += Local1 * Local2 + Local3 * Local4 + Local5 * Local6 + Local7
        Return (Local0)
    }
    Method (T012) { Return (Local7) }
    Method (T014)
    {
        Local0 = SEVN (1, "b", 3, Buffer () {4}, 5, Package () {6}, 7)
        Return (Local0)
    }
    Method (T013) { Return (SETS (9, 9, 9, 9, 9, 9, 9)) }
    Method (T015) { Noop Return (1) }

    // Not recorded: acpiexec stops here, in its debugger.
    Method (BRKP) { BreakPoint Return (1) }
}
