DefinitionBlock ("", "DSDT", 2, "VALHAL", "CASES", 1)
{
    Name (NAMI, 1)
    Name (NAMS, "abc")
    Name (NAMB, Buffer (4) {1, 2, 3, 4})
    Method (SETI) { NAMI = 100 Return (10) }
    Method (SETA, 1) { Arg0 = 100 Return (10) }

    Method (T001) { Local0 = 7 Return (Local0 + 0xFFFFFFFFFFFFFFFF) }
    Method (T002) { Local0 = 7 Return (Local0 - 8) }
    Method (T003) { Local0 = 0x123456789 Return (Local0 * 0x100000001) }
    Method (T004) { Local0 = 17 Divide (Local0, 5, Local1, Local2) Return (Local1 * 16 + Local2) }
    Method (T005) { Local0 = 17 Return (Local0 / 5) }
    Method (T006) { Local0 = 17 Return (Local0 % 5) }
    Method (T007) { Local0 = 0 Return (17 / Local0) }
    Method (T008) { Local0 = 0 Return (17 % Local0) }
    Method (T009) { Local0 = 1 Return (Local0 << 63) }
    Method (T010) { Local0 = 1 Return (Local0 << 64) }
    Method (T011) { Local0 = 1 Return (Local0 << 65) }
    Method (T012) { Local0 = 0x8000000000000000 Return (Local0 >> 63) }
    Method (T013) { Local0 = 0x8000000000000000 Return (Local0 >> 64) }
    Method (T014) { Local0 = 1 Return (Local0 << 32) }
    Method (T015) { Local0 = 0xFF00 Return (Local0 & 0x0FF0) }
    Method (T016) { Local0 = 0xFF00 Return (NAnd (Local0, 0x0FF0)) }
    Method (T017) { Local0 = 0xFF00 Return (Local0 | 0x0FF0) }
    Method (T018) { Local0 = 0xFF00 Return (NOr (Local0, 0x0FF0)) }
    Method (T019) { Local0 = 0xFF00 Return (Local0 ^ 0x0FF0) }
    Method (T020) { Local0 = 0xFF00 Return (~Local0) }
    Method (T021) { Local0 = 0x80 Return (FindSetLeftBit (Local0)) }
    Method (T022) { Local0 = 0x80 Return (FindSetRightBit (Local0)) }
    Method (T023) { Local0 = 0 Return (FindSetLeftBit (Local0)) }
    Method (T024) { Local0 = 0 Return (FindSetRightBit (Local0)) }
    Method (T025) { Local0 = 0x8000000000000000 Return (FindSetLeftBit (Local0)) }
    Method (T026) { Local0 = 0x8000000000000000 Return (FindSetRightBit (Local0)) }
    Method (T027) { Local0 = 0x1234 Return (FromBCD (Local0)) }
    Method (T028) { Local0 = 1234 Return (ToBCD (Local0)) }
    Method (T029) { Local0 = 0x12AF Return (FromBCD (Local0)) }
    Method (T030) { Local0 = 99999999999999999 Return (ToBCD (Local0)) }
    Method (T031) { Local0 = 0xFFFFFFFFFFFFFFFF Local0++ Return (Local0) }
    Method (T032) { Local0 = 0 Local0-- Return (Local0) }
    Method (T033) { Local0 = 5 Return (Increment (Local0)) }
    Method (T034) { Local0 = "1F" Return (Increment (Local0)) }
    Method (T035) { Local0 = Buffer () {1, 2} Return (Increment (Local0)) }
    Method (T036) { Local0 = "10" Return (Local0 + Buffer () {0x10}) }
    Method (T037) { Local0 = "xyz" Return (Local0 + 1) }
    Method (T038) { Local0 = "12xyz" Return (Local0 + 1) }
    Method (T039) { Local0 = " 12" Return (Local0 + 1) }
    Method (T040) { Local0 = "0x12" Return (Local0 + 1) }
    Method (T041) { Local0 = "FFFFFFFFFFFFFFFFF" Return (Local0 + 0) }
    Method (T042) { Local0 = "123456789ABCDEF01" Return (Local0 + 0) }
    Method (T043) { Local0 = Buffer () {1, 2, 3, 4, 5, 6, 7, 8, 9} Return (Local0 + 0) }
    Method (T044) { Local0 = Buffer (0) {} Return (Local0 + 0) }
    Method (T045) { Local0 = Package () {1} Return (Local0 + 1) }
    Method (T046) { Return (Ones) }
    Method (T047) { Return (One) }
    Method (T048) { Return (Zero) }
    Method (T049) { Return (Revision) }
    Method (T050) { Return (0x123456789ABCDEF0) }
    Method (T051) { Local0 = 5 Add (Local0, 6, Local1) Return (Local1) }
    Method (T052) { NAMI = 5 Add (NAMI, 6, NAMI) Return (NAMI) }
    Method (T053) { NAMS = "a" Add (5, 6, NAMS) Return (NAMS) }
    Method (T054) { NAMB = Buffer () {1, 2, 3} Add (5, 6, NAMB) Return (NAMB) }
    Method (T055) { NAMI = 1 Return (NAMI + SETI ()) }
    Method (T056) { NAMI = 1 Return (SETI () + NAMI) }
    Method (T057) { Local0 = 1 Return (Local0 + SETA (RefOf (Local0))) }
}
