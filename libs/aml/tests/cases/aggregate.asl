DefinitionBlock ("", "DSDT", 2, "VALHAL", "CASES", 1)
{
    Name (INTA, 5)
    Name (STRA, "abc")
    Name (BUFA, Buffer (4) {1, 2, 3, 4})
    Name (PKGA, Package (3) {1, "two"})
    Name (PKGN, Package () {Package () {10, 11}, 12})
    Name (PKGR, Package () {INTA, BUFA, \_SB.DEVA, SETE})
    Name (PKGM, Package () {1, 2, 3, 4, 5})
    Name (PKGF, Package () {LATE})
    Name (LATE, 77)
    Device (\_SB.DEVA) { Name (_ADR, 0) }
    Method (SETE, 1) { Arg0 [0] = 0x99 Return (Arg0) }

    Method (T001) { Return (Buffer (3) {1}) }
    Method (T002) { Return (Buffer () {1, 2, 3}) }
    Method (T003) { Local0 = 5 Return (Buffer (Local0) {1}) }
    Method (T004) { Return (Package (3) {1, "a"}) }
    Method (T005, 0, Serialized) { Local0 = 4 Name (PKGX, Package (Local0) {1, 2}) Return (PKGX) }
    Method (T006) { Return (SizeOf (PKGA)) }
    Method (T007) { Return (SizeOf (STRA)) }
    Method (T008) { Return (SizeOf (BUFA)) }
    Method (T009) { Return (SizeOf (INTA)) }
    Method (T010) { Local0 = RefOf (BUFA) Return (SizeOf (Local0)) }
    Method (T011) { Return (SizeOf (\_SB.DEVA)) }
    Method (T012) { Return (DerefOf (PKGA [0])) }
    Method (T013) { Return (DerefOf (PKGA [1])) }
    Method (T014) { Return (PKGA [1]) }
    Method (T015) { Return (DerefOf (PKGA [9])) }
    Method (T016) { Return (DerefOf (BUFA [1])) }
    Method (T017) { Return (DerefOf (STRA [1])) }
    Method (T018) { Return (DerefOf (BUFA [4])) }
    Method (T019) { Return (DerefOf (STRA [3])) }
    Method (T020) { Local0 = PKGA [0] Return (DerefOf (Local0)) }
    Method (T021) { Local0 = PKGA [0] Return (Local0 + 1) }
    Method (T022) { Local0 = PKGA [0] Local0 = 5 Return (PKGA) }
    Method (T023) { PKGA [0] = 5 Return (PKGA) }
    Method (T024) { PKGA [0] = "str" Return (PKGA) }
    Method (T025) { PKGA [0] = PKGA Return (PKGA) }
    Method (T026) { PKGA [2] = 5 Return (DerefOf (PKGA [2])) }
    Method (T027) { BUFA [1] = 0x1FF Return (BUFA) }
    Method (T028) { BUFA [1] = "z" Return (BUFA) }
    Method (T029) { BUFA [1] = Buffer () {0x77, 0x88} Return (BUFA) }
    Method (T030) { STRA [1] = 0x58 Return (STRA) }
    Method (T031) { Index (PKGA, 0, Local0) Return (DerefOf (Local0)) }
    Method (T032) { Index (BUFA, 1, Local0) Return (DerefOf (Local0)) }
    Method (T033) { Local0 = BUFA Local0 [0] = 9 Return (BUFA) }
    Method (T034) { Local0 = PKGA Local0 [0] = 9 Return (PKGA) }
    Method (T035) { Return (SETE (BUFA)) }
    Method (T036) { SETE (BUFA) Return (BUFA) }
    Method (T037) { SETE (PKGA) Return (PKGA) }
    Method (T038) { Local0 = Package () {1, 2} Local1 = Local0 Local1 [0] = 9 Return (Local0) }
    Method (T039) { Return (DerefOf (DerefOf (PKGN [0]) [1])) }
    Method (T040) { Local0 = DerefOf (PKGN [0]) Local0 [1] = 77 Return (PKGN) }
    Method (T041) { DerefOf (PKGN [0]) [1] = 77 Return (PKGN) }
    Method (T042) { Return (DerefOf (PKGR [0])) }
    Method (T043) { Return (DerefOf (PKGR [1])) }
    Method (T044) { Return (ObjectType (DerefOf (PKGR [2]))) }
    Method (T045) { Return (ObjectType (PKGR [0])) }
    Method (T046) { Return (ObjectType (PKGR [2])) }
    Method (T047) { Return (ObjectType (PKGR [3])) }
    Method (T048) { INTA = 99 Return (DerefOf (PKGR [0])) }
    Method (T049) { BUFA [0] = 99 Return (DerefOf (PKGR [1])) }
    Method (T050) { Return (DerefOf (DerefOf (PKGR [1]) [0])) }
    Method (T051) { Return (PKGR) }
    Method (T052) { Return (Match (PKGM, MEQ, 3, MTR, 0, 0)) }
    Method (T053) { Return (Match (PKGM, MGE, 3, MLT, 5, 0)) }
    Method (T054) { Return (Match (PKGM, MGT, 3, MTR, 0, 4)) }
    Method (T055) { Return (Match (PKGM, MEQ, 33, MTR, 0, 0)) }
    Method (T057) { Return (Match (PKGM, MLE, 2, MGE, 2, 0)) }
    Method (T058) { Return (Match (PKGM, MEQ, "a", MTR, 0, 0)) }
    Method (T059) { Return (Match (PKGM, MEQ, 1, MTR, 0, 9)) }
    Method (T060) { Return (Match (Package () {"10", 16, Buffer () {16}}, MEQ, 16, MTR, 0, 0)) }
    Method (T061) { Return (Match (Package () {1, "b", 3}, MEQ, "b", MTR, 0, 0)) }
    Method (T064) { Return (Package () {INTA, STRA, 5}) }
    Method (T065) { Return (PKGF) }
    Method (T066) { Return (DerefOf (PKGF [0])) }
}
