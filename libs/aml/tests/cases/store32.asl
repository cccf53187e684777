DefinitionBlock ("", "DSDT", 1, "VALHAL", "CASES", 1)
{
    Name (INTA, 5)
    Name (STRA, "abc")
    Name (BUFA, Buffer (4) {1, 2, 3, 4})
    Name (BUFZ, Buffer (0) {})
    Name (PKGA, Package (3) {1, "two"})
    Name (NAMD, Package () {1})
    Mutex (MTXA, 0)
    Device (\_SB.DEVA) { Name (INTD, 42) }
    OperationRegion (RGNA, SystemMemory, 0x1000, 0x100)
    Field (RGNA, ByteAcc, NoLock, Preserve) { FLDA, 32, FLDB, 128 }

    Method (T001) { INTA = "1F" Return (INTA) }
    Method (T002) { INTA = Buffer () {1, 2} Return (INTA) }
    Method (T003) { INTA = Buffer (0) {} Return (INTA) }
    Method (T004) { INTA = Package () {1} Return (INTA) }
    Method (T005) { STRA = 0x1F Return (STRA) }
    Method (T006) { STRA = Buffer () {1, 2} Return (STRA) }
    Method (T007) { STRA = "longer than it was" Return (STRA) }
    Method (T008) { STRA = "" Return (STRA) }
    Method (T009) { BUFA = 0x1F Return (BUFA) }
    Method (T010) { BUFA = "ab" Return (BUFA) }
    Method (T011) { BUFA = "longer than it was" Return (BUFA) }
    Method (T012) { BUFA = Buffer () {9} Return (BUFA) }
    Method (T013) { BUFA = Buffer (8) {9, 8, 7, 6, 5} Return (BUFA) }
    Method (T014) { BUFZ = Buffer (8) {9, 8, 7, 6, 5} Return (BUFZ) }
    Method (T015) { BUFZ = 5 Return (BUFZ) }
    Method (T016) { PKGA = 5 Return (PKGA) }
    Method (T017) { PKGA = Package () {5} Return (PKGA) }
    Method (T018) { \_SB.DEVA = 5 Return (1) }
    Method (T019) { MTXA = 5 Return (1) }
    Method (T020) { Local0 = 5 Local0 = "x" Return (Local0) }
    Method (T021) { Local0 = BUFA BUFA [0] = 9 Return (Local0) }
    Method (T022) { Return (INTA = 7) }
    Method (T023) { Local0 = (INTA = "1F") Return (Local0) }
    Method (T024) { INTA = 0x12345678 Return (INTA) }
    Method (T025) { Debug = "x" Return (1) }
    Method (T027) { FLDA = "ab" Return (FLDA) }
    Method (T028) { FLDA = Buffer () {1, 2} Return (FLDA) }
    Method (T029) { FLDA = Package () {1} Return (FLDA) }
    Method (T030) { FLDB = "abcdefghijklmnop" Return (FLDB) }
    Method (T031) { FLDB = Buffer () {1, 2} Return (FLDB) }
    Method (T032) { FLDB = 5 Return (FLDB) }
    Method (T033) { INTA = FLDA Return (INTA) }
    Method (T034) { Local0 = FLDB Return (SizeOf (Local0)) }
    Method (T035) { FLDA = 0x12345678 STRA = FLDA Return (STRA) }
    Method (T036) { FLDA = 0x12345678 BUFA = FLDA Return (BUFA) }
    Method (T037) { NAMD = 5 Return (NAMD) }
}
