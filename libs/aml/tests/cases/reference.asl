DefinitionBlock ("", "DSDT", 2, "VALHAL", "CASES", 1)
{
    Name (INTA, 5)
    Name (STRA, "abc")
    Name (BUFA, Buffer (4) {1, 2, 3, 4})
    Name (PKGA, Package (3) {1, "two"})
    OperationRegion (RGNA, SystemMemory, 0x1000, 0x100)
    Field (RGNA, ByteAcc, NoLock, Preserve) { FLDA, 8 }
    Event (EVTA)
    Mutex (MTXA, 0)
    Device (\_SB.DEVA) { Name (INTD, 42) }
    PowerResource (PWRA, 0, 0) { }
    ThermalZone (TZNA) { }
    Scope (\_PR) { Processor (CPU0, 1, 0x410, 6) { } }
    Method (SETR, 2) { Arg0 = Arg1 }
    Method (INCR, 1) { Local0 = DerefOf (Arg0) Local0++ Arg0 = Local0 Return (INTA) }
    Method (GETT, 1) { Return (ObjectType (Arg0)) }
    Method (RETR) { Return (RefOf (INTA)) }
    Method (IDX0, 1) { Return (Index (Package () {2, 12}, Arg0)) }
    Method (INC1, 1) { Return (Arg0 + 1) }
    Method (NONE) { }
    Method (SETI, 1) { INTA = Arg0 Return (Arg0) }

    Method (T001) { Local0 = RefOf (INTA) Return (DerefOf (Local0)) }
    Method (T002) { Local0 = 5 Local1 = RefOf (Local0) Local0 = 6 Return (DerefOf (Local1)) }
    Method (T003) { Local0 = RefOf (STRA) Return (DerefOf (Local0)) }
    Method (T004) { Local0 = RefOf (INTA) Local0 = 9 Return (INTA) }
    Method (T005) { SETR (RefOf (INTA), 9) Return (INTA) }
    Method (T006) { SETR (RefOf (INTA), "x") Return (INTA) }
    Method (T007) { SETR (RefOf (STRA), 9) Return (STRA) }
    Method (T008) { Local0 = 1 SETR (RefOf (Local0), 9) Return (Local0) }
    Method (T009) { Local0 = 1 SETR (Local0, 9) Return (Local0) }
    Method (T010) { SETR (INTA, 9) Return (INTA) }
    Method (T011) { Return (CondRefOf (INTA, Local0)) }
    Method (T012) { Return (CondRefOf (\NOPE, Local0)) }
    Method (T013) { CondRefOf (INTA, Local0) Return (DerefOf (Local0)) }
    Method (T014) { If (CondRefOf (\NOPE)) { Return (1) } Return (2) }
    Method (T015) { Local0 = "INTA" Return (DerefOf (Local0)) }
    Method (T016) { Local0 = "\\_SB.DEVA.INTD" Return (DerefOf (Local0)) }
    Method (T017) { Local0 = "NOPE" Return (DerefOf (Local0)) }
    Method (T018) { Local0 = 5 Return (DerefOf (Local0)) }
    Method (T019) { Return (ObjectType (INTA)) }
    Method (T020) { Return (ObjectType (STRA)) }
    Method (T021) { Return (ObjectType (BUFA)) }
    Method (T022) { Return (ObjectType (PKGA)) }
    Method (T023) { Return (ObjectType (FLDA)) }
    Method (T024) { Return (ObjectType (\_SB.DEVA)) }
    Method (T025) { Return (ObjectType (EVTA)) }
    Method (T026) { Return (ObjectType (SETR)) }
    Method (T027) { Return (ObjectType (MTXA)) }
    Method (T028) { Return (ObjectType (RGNA)) }
    Method (T029) { Return (ObjectType (PWRA)) }
    Method (T030) { Return (ObjectType (\_PR.CPU0)) }
    Method (T031) { Return (ObjectType (TZNA)) }
    Method (T032) { Return (ObjectType (Debug)) }
    Method (T033) { Return (ObjectType (Local0)) }
    Method (T034) { Return (ObjectType (\_SB)) }
    Method (T035) { Return (ObjectType (\_GL)) }
    Method (T036) { Return (ObjectType (\_OSI)) }
    Method (T037) { Local0 = RefOf (INTA) Return (ObjectType (Local0)) }
    Method (T038) { Local0 = BUFA [0] Return (ObjectType (Local0)) }
    Method (T039, 0, Serialized) { CreateByteField (BUFA, 0, BFLD) Return (ObjectType (BFLD)) }
    Method (T040) { Return (GETT (INTA)) }
    Method (T041) { Return (GETT (BUFA)) }
    Method (T042) { Return (GETT (\_SB.DEVA)) }
    Method (T043) { Return (GETT (RefOf (INTA))) }
    Method (T044) { Local0 = RefOf (INTA) Return (GETT (Local0)) }
    Method (T045) { Local0 = RefOf (INTA) Local1 = RefOf (Local0) Return (DerefOf (DerefOf (Local1))) }
    Method (T046) { CopyObject (INTA, STRA) Return (STRA) }
    Method (T047) { CopyObject ("x", INTA) Return (INTA) }
    Method (T048) { CopyObject (PKGA, INTA) Return (INTA) }
    Method (T049) { CopyObject (BUFA, Local0) Local0 [0] = 9 Return (BUFA) }
    Method (T050) { CopyObject (7, FLDA) Return (FLDA) }
    Method (T051) { Local0 = INTA Local0 = 9 Return (INTA) }
    Method (T052) { Arg0 = 5 Return (Arg0) }
    Method (T053) { Return (Arg0) }
    Method (T054) { Return (Local0) }
    Method (T055) { Local0 = \_SB.DEVA Return (ObjectType (Local0)) }
    Method (T056) { Return (GETT (PKGA [0])) }
    Method (T057) { Return (GETT (BUFA [0])) }
    Method (T058) { Local0 = PKGA [0] Return (GETT (Local0)) }
    Method (T059) { Local0 = PKGA [0] SETR (Local0, 9) Return (PKGA) }
    Method (T060) { SETR (RefOf (BUFA), 9) Return (BUFA) }
    Method (T061) { SETR (RefOf (FLDA), 9) Return (FLDA) }
    Method (T062) { Return (DerefOf (RETR ())) }
    Method (T063) { Local0 = RefOf (INTA) Return (Local0 + 1) }
    Method (T064) { Local0 = RefOf (INTA) If (Local0) { Return (1) } Return (0) }
    Method (T065) { Return (INCR (RefOf (INTA))) }
    Method (T066) { Local0 = IDX0 (1) Return (DerefOf (Local0)) }
    Method (T067) { Return (IDX0 (1)) }
    Method (T068) { Return (INC1 (PKGA [0])) }
    Method (T069) { Return (IDX0 (1) + 1) }
    Method (T070) { Debug = \_SB.DEVA Debug = MTXA Debug = RGNA Return (1) }
    Method (T071) { CopyObject (\_SB.DEVA, INTA) Return (ObjectType (INTA)) }
    Method (T072) { CopyObject (\_SB.DEVA, Local0) Return (ObjectType (Local0)) }
    Method (T073) { CopyObject (PKGA [0], Local0) Return (DerefOf (Local0)) }
    Method (T074) { Store (NONE (), Local0) Return (1) }
    Method (T075) { Return (NONE ()) }
    Method (T076) { INTA = 1 Local0 = NONE () + SETI (9) Return (INTA) }
}
