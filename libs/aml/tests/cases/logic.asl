DefinitionBlock ("", "DSDT", 2, "VALHAL", "CASES", 1)
{
    Method (T001) { Local0 = 1 Return (Local0 && 2) }
    Method (T002) { Local0 = 0 Return (Local0 && 2) }
    Method (T003) { Local0 = 0 Return (Local0 || 2) }
    Method (T004) { Local0 = 0 Return (Local0 || 0) }
    Method (T005) { Local0 = 5 Return (!Local0) }
    Method (T006) { Local0 = 0 Return (!Local0) }
    Method (T007) { Local0 = 5 Return (Local0 == 5) }
    Method (T008) { Local0 = 5 Return (Local0 != 5) }
    Method (T009) { Local0 = 5 Return (Local0 < 6) }
    Method (T010) { Local0 = 5 Return (Local0 > 6) }
    Method (T011) { Local0 = 5 Return (Local0 <= 5) }
    Method (T012) { Local0 = 5 Return (Local0 >= 6) }
    Method (T013) { Local0 = 0xFFFFFFFFFFFFFFFF Return (Local0 > 1) }
    Method (T014) { Local0 = "abc" Return (Local0 == "abc") }
    Method (T015) { Local0 = "abc" Return (Local0 == "abd") }
    Method (T016) { Local0 = "abc" Return (Local0 < "abd") }
    Method (T017) { Local0 = "abc" Return (Local0 > "ab") }
    Method (T018) { Local0 = "b" Return (Local0 > "abc") }
    Method (T019) { Local0 = "abc" Return (Local0 == "ABC") }
    Method (T020) { Local0 = "10" Return (Local0 == 16) }
    Method (T021) { Local0 = 16 Return (Local0 == "10") }
    Method (T022) { Local0 = "0000000000000010" Return (Local0 == 16) }
    Method (T023) { Local0 = Buffer () {1, 2} Return (Local0 == Buffer () {1, 2}) }
    Method (T024) { Local0 = Buffer () {1, 2} Return (Local0 == Buffer () {1, 2, 0}) }
    Method (T025) { Local0 = Buffer () {1, 2} Return (Local0 < Buffer () {1, 3}) }
    Method (T026) { Local0 = Buffer () {0x10} Return (Local0 == 16) }
    Method (T027) { Local0 = 16 Return (Local0 == Buffer () {0x10}) }
    Method (T028) { Local0 = Buffer () {0x61, 0x62} Return (Local0 == "ab") }
    Method (T029) { Local0 = Buffer () {0x61, 0x62, 0} Return (Local0 == "ab") }
    Method (T030) { Local0 = "61 62" Return (Local0 == Buffer () {0x61, 0x62}) }
    Method (T031) { Local0 = "ab" Return (Local0 == Buffer () {0x61, 0x62}) }
    Method (T032) { Local0 = "5" Return (Local0 && 1) }
    Method (T033) { Local0 = "0" Return (!Local0) }
    Method (T034) { Local0 = Buffer () {0} Return (!Local0) }
    Method (T035) { Local0 = Package () {1} Return (Local0 == 1) }
    Method (T036) { If ("0") { Return (1) } Return (0) }
    Method (T037) { If ("1") { Return (1) } Return (0) }
    Method (T038) { If (Buffer () {0, 1}) { Return (1) } Return (0) }
}
