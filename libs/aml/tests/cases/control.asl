DefinitionBlock ("", "DSDT", 2, "VALHAL", "CASES", 1)
{
    Method (FACT, 1) { If (Arg0 < 2) { Return (1) } Return (Arg0 * FACT (Arg0 - 1)) }
    Method (FIBO, 1) { If (Arg0 < 2) { Return (Arg0) } Return (FIBO (Arg0 - 1) + FIBO (Arg0 - 2)) }
    Method (NORT) { }
    Method (SEVN, 7) { Return (Arg0 + Arg1 + Arg2 + Arg3 + Arg4 + Arg5 + Arg6) }
    Method (SHDW, 1) { Arg0 = 9 Local0 = Arg0 Return (Local0) }
    Method (NEST, 1) { Return (Add (Add (Arg0, 1), Multiply (Add (Arg0, 2), Subtract (10, Arg0)))) }
    Method (CRDY, 0, Serialized) { Name (\CRDX, 1) }
    Method (CRDT, 0, Serialized) { Name (CRDZ, 3) CRDZ++ Return (CRDZ) }
    Method (RECN, 1, Serialized) { Name (RECX, 1) If (Arg0) { Return (RECN (Arg0 - 1)) } Return (RECX) }
    Method (FORE, 1) { If (Arg0) { Return (FORE (Arg0 - 1)) } Return (1234) }
    Method (HANG) { While (1) { } }

    Method (T001) { Local0 = 0 While (Local0 < 5) { Local0++ } Return (Local0) }
    Method (T002) { Local0 = 0 While (1) { Local0++ If (Local0 == 7) { Break } } Return (Local0) }
    Method (T003) { Local0 = 0 Local1 = 0 While (Local0 < 6) { Local0++ If (Local0 == 3) { Continue } Local1 += Local0 } Return (Local1) }
    Method (T004) { Local0 = 0 Local2 = 0 While (Local0 < 3) { Local1 = 0 While (Local1 < 3) { Local1++ If (Local1 == 2) { Break } Local2++ } Local0++ } Return (Local2) }
    Method (T005) { If (0) { Return (1) } ElseIf (0) { Return (2) } Else { Return (3) } }
    Method (T006) { If (0) { Return (1) } ElseIf (1) { Return (2) } Else { Return (3) } }
    Method (T007) { If (1) { Local0 = 1 } Else { Local0 = 2 } Return (Local0) }
    Method (T008) { If (0) { } Return (4) }
    Method (T009, 0, Serialized) { Switch (3) { Case (1) { Return (10) } Case (Package () {2, 3}) { Return (30) } Default { Return (99) } } Return (0) }
    Method (T010, 0, Serialized) { Switch (7) { Case (1) { Return (10) } Default { Return (99) } } Return (0) }
    Method (T011) { While (1) { While (1) { Return (5) } } Return (6) }
    Method (T012) { Return (FACT (10)) }
    Method (T013) { Return (FIBO (12)) }
    Method (T014) { NORT () Return (1) }
    Method (T015) { Local0 = NORT () Return (1) }
    Method (T016) { Return (NORT ()) }
    Method (T017) { NORT () }
    Method (T018) { Noop Return (3) }
    Method (T019) { Local0 = 300 While (Local0) { Local0-- } Return (Local0) }
    Method (T020) { For (Local0 = 0, Local0 < 4, Local0++) { Local1 = Local0 } Return (Local1) }
    Method (T021) { Return (SEVN (1, 2, 3, 4, 5, 6, 7)) }
    Method (T022) { Return (SHDW (5)) }
    Method (T023) { Return (NEST (1)) }
    Method (T024, 0, Serialized) { Name (DYNA, 5) Return (DYNA) }
    Method (T025) { CRDY () Return (CondRefOf (\CRDX)) }
    Method (T026) { Return (CRDT () + CRDT ()) }
    Method (T027) { Return (RECN (3)) }
    Method (T028) { Return (FORE (40)) }
    Method (T029) { HANG () Return (1) }
    Method (T030) { Return (\_OSI ("Windows 2009")) }
    Method (T031) { Return (\_OSI ("Linux")) }
    Method (T032) { Return (\_OSI ("Windows 1")) }
    Method (T033) { Return (_OSI ("Extended Address Space Descriptor")) }
    Method (T034) { Return (_OSI ("Module Device")) }
    Method (T035) { Return (_REV) }
    Method (T036) { Return (_OS) }
    Method (T037) { Fatal (1, 2, 3) Return (1) }
    Method (T038) { Return (Timer < 5) }
}
