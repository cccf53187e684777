DefinitionBlock ("", "DSDT", 2, "VALHAL", "CASES", 1)
{
    Name (NAMI, 1)
    Name (NAMS, "abc")
    Name (NAMB, Buffer (4) {1, 2, 3, 4})
    Device (\_SB.DEVA) { Name (_ADR, 0) }

    Method (T001) { Local0 = "ab" Return (Concatenate (Local0, "cd")) }
    Method (T002) { Local0 = "ab" Return (Concatenate (Local0, 0x1F)) }
    Method (T003) { Local0 = "ab" Return (Concatenate (Local0, Buffer () {1, 0xAB})) }
    Method (T004) { Local0 = 1 Return (Concatenate (Local0, 2)) }
    Method (T005) { Local0 = 1 Return (Concatenate (Local0, "2")) }
    Method (T006) { Local0 = 1 Return (Concatenate (Local0, Buffer () {1, 2, 3})) }
    Method (T007) { Local0 = Buffer () {1} Return (Concatenate (Local0, Buffer () {2, 3})) }
    Method (T008) { Local0 = Buffer () {1} Return (Concatenate (Local0, "ab")) }
    Method (T009) { Local0 = Buffer () {1} Return (Concatenate (Local0, 0x1234)) }
    Method (T010) { Local0 = Buffer (0) {} Return (Concatenate (Local0, Buffer () {1})) }
    Method (T011) { Return (Concatenate ("a", \_SB.DEVA)) }
    Method (T012) { Return (Concatenate (\_SB.DEVA, \_SB.DEVA)) }
    Method (T013) { Local0 = Package () {1} Return (Concatenate ("a", Local0)) }
    Method (T014) { Local0 = Package () {1} Return (Concatenate (Local0, "a")) }
    Method (T015) { Local0 = "abcdef" Return (Mid (Local0, 1, 3)) }
    Method (T016) { Local0 = "abcdef" Return (Mid (Local0, 4, 9)) }
    Method (T017) { Local0 = "abcdef" Return (Mid (Local0, 9, 2)) }
    Method (T018) { Local0 = "abcdef" Return (Mid (Local0, 0, 0)) }
    Method (T019) { Local0 = Buffer () {1, 2, 3, 4} Return (Mid (Local0, 1, 2)) }
    Method (T020) { Local0 = Buffer () {1, 2, 3, 4} Return (Mid (Local0, 9, 2)) }
    Method (T021) { Local0 = 0x123456 Return (Mid (Local0, 10, 4)) }
    Method (T022) { Local0 = "0x1F" Return (ToInteger (Local0)) }
    Method (T023) { Local0 = "31" Return (ToInteger (Local0)) }
    Method (T024) { Local0 = "31abc" Return (ToInteger (Local0)) }
    Method (T025) { Local0 = "abc" Return (ToInteger (Local0)) }
    Method (T026) { Local0 = "" Return (ToInteger (Local0)) }
    Method (T027) { Local0 = "0xFFFFFFFFFFFFFFFFF" Return (ToInteger (Local0)) }
    Method (T028) { Local0 = "99999999999999999999999" Return (ToInteger (Local0)) }
    Method (T029) { Local0 = "4294967296" Return (ToInteger (Local0)) }
    Method (T030) { Local0 = "012" Return (ToInteger (Local0)) }
    Method (T031) { Local0 = Buffer () {1, 2, 3} Return (ToInteger (Local0)) }
    Method (T032) { Local0 = 7 Return (ToInteger (Local0)) }
    Method (T033) { Local0 = 0x1234 Return (ToBuffer (Local0)) }
    Method (T034) { Local0 = "ab" Return (ToBuffer (Local0)) }
    Method (T035) { Local0 = "" Return (ToBuffer (Local0)) }
    Method (T036) { Local0 = Buffer () {1} Return (ToBuffer (Local0)) }
    Method (T037) { Local0 = 1234 Return (ToDecimalString (Local0)) }
    Method (T038) { Local0 = 0 Return (ToDecimalString (Local0)) }
    Method (T039) { Local0 = 0xFFFFFFFFFFFFFFFF Return (ToDecimalString (Local0)) }
    Method (T040) { Local0 = Buffer () {1, 20, 255} Return (ToDecimalString (Local0)) }
    Method (T041) { Local0 = "xy" Return (ToDecimalString (Local0)) }
    Method (T042) { Local0 = 0x1F Return (ToHexString (Local0)) }
    Method (T043) { Local0 = Buffer () {1, 20, 255} Return (ToHexString (Local0)) }
    Method (T044) { Local0 = "xy" Return (ToHexString (Local0)) }
    Method (T045) { Local0 = Buffer (0) {} Return (ToHexString (Local0)) }
    Method (T046) { Local0 = Buffer (0) {} Return (ToDecimalString (Local0)) }
    Method (T047) { Local0 = Buffer () {0x61, 0x62, 0, 0x63} Return (ToString (Local0, Ones)) }
    Method (T048) { Local0 = Buffer () {0x61, 0x62, 0x63} Return (ToString (Local0, 2)) }
    Method (T049) { Local0 = Buffer () {0x61, 0x62, 0x63} Return (ToString (Local0, 9)) }
    Method (T050) { Local0 = Buffer () {0x61, 0x62, 0x63} Return (ToString (Local0)) }
    Method (T051) { Local0 = Buffer (0) {} Return (ToString (Local0)) }
    Method (T052) { Local0 = "abc" Return (ToString (Local0, 2)) }
    Method (T053) { Local0 = 0x414243 Return (ToString (Local0)) }
    Method (T054) { ToInteger ("31", NAMS) Return (NAMS) }
    Method (T055) { ToHexString (31, NAMI) Return (NAMI) }
    Method (T056) { ToBuffer (31, NAMI) Return (NAMI) }
    Method (T057) { Concatenate ("a", "b", NAMI) Return (NAMI) }
    Method (T058) { Concatenate ("1", "2", NAMI) Return (NAMI) }
    Method (T059) { Mid ("abcdef", 1, 2, NAMB) Return (NAMB) }
    Method (T060) { Local0 = ResourceTemplate () { IO (Decode16, 0x60, 0x60, 1, 1) } Return (ConcatenateResTemplate (Local0, Local0)) }
    Method (T061) { Local0 = ResourceTemplate () { Memory32Fixed (ReadWrite, 0x1000, 0x1000) } Return (ConcatenateResTemplate (Local0, ResourceTemplate () { })) }
    Method (T062) { Local0 = Buffer () {1, 2, 3} Return (ConcatenateResTemplate (Local0, Local0)) }
    Method (T063) { Return (ToUUID ("e5c937d0-3553-4d7a-9117-ea4d19c3434d")) }
    Method (T064) { Return (Unicode ("ab")) }
    Method (T065) { Return (EISAID ("PNP0C09")) }
    Method (T066) { Return ("a\"b\n\x07") }
    Method (T067) { Return (Concatenate (Buffer () {1}, \_SB.DEVA)) }
    Method (T068) { Local0 = " \t\n\v 123" Return (ToInteger (Local0)) }
    Method (T069) { Local0 = " \t\n\v 123" Return (Local0 + 1) }
}
