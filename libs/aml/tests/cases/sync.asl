DefinitionBlock ("", "DSDT", 2, "VALHAL", "CASES", 1)
{
    Mutex (MTX0, 0)
    Mutex (MTX2, 2)
    Mutex (MT2B, 2)
    Mutex (MTX5, 5)
    Event (EVTA)
    Name (INTA, 1)
    Device (\_SB.DEVA) { Name (_ADR, 0) Method (MTHD) { Return (1) } }
    Method (SER3, 0, Serialized, 3) { Return (9) }

    Method (T001) { Return (Acquire (MTX0, 0xFFFF)) }
    Method (T002) { Acquire (MTX0, 0xFFFF) Release (MTX0) Return (1) }
    Method (T003) { Acquire (MTX0, 0xFFFF) Acquire (MTX0, 0xFFFF) Release (MTX0) Release (MTX0) Return (1) }
    Method (T004) { Release (MTX0) Return (1) }
    Method (T005) { Acquire (MTX0, 0xFFFF) Release (MTX0) Release (MTX0) Return (1) }
    Method (T006) { Acquire (MTX2, 0xFFFF) Acquire (MTX5, 0xFFFF) Release (MTX5) Release (MTX2) Return (1) }
    Method (T007) { Acquire (MTX5, 0xFFFF) Acquire (MTX2, 0xFFFF) Return (1) }
    Method (T008) { Acquire (MTX2, 0xFFFF) Acquire (MTX5, 0xFFFF) Release (MTX2) Release (MTX5) Return (1) }
    Method (T009) { Acquire (MTX5, 0xFFFF) Return (SER3 ()) }
    Method (T010) { Acquire (MTX2, 0xFFFF) Return (SER3 ()) }
    Method (T011) { Return (SER3 ()) }
    Method (T012) { Acquire (\_GL, 0xFFFF) Release (\_GL) Return (1) }
    Method (T013) { Signal (EVTA) Return (Wait (EVTA, 10)) }
    Method (T014) { Return (Wait (EVTA, 0)) }
    Method (T015) { Signal (EVTA) Signal (EVTA) Reset (EVTA) Return (Wait (EVTA, 0)) }
    Method (T016) { Signal (EVTA) Signal (EVTA) Wait (EVTA, 0) Return (Wait (EVTA, 0)) }
    Method (T017) { Sleep (1) Stall (10) Return (1) }
    Method (T018) { Notify (\_SB.DEVA, 0x80) Return (1) }
    Method (T019) { Notify (INTA, 0x80) Return (1) }
    Method (T020) { Notify (\_SB.DEVA.MTHD, 1) Return (1) }
    Method (T021) { Local0 = RefOf (\_SB.DEVA) Notify (Local0, 1) Return (1) }
    Method (T022) { Acquire (INTA, 0) Return (1) }
    Method (T023) { Local0 = RefOf (MTX0) Return (Acquire (Local0, 0)) }
    Method (T024, 0, Serialized) { Name (LMTX, 0) Mutex (MTXL, 0) Acquire (MTXL, 0) Release (MTXL) Return (2) }
    Method (T025) { Acquire (MTX2, 0) Acquire (MT2B, 0) Release (MTX2) Release (MT2B) Return (1) }
    Method (T026) { Acquire (MTX0, 0) Acquire (MTX2, 0) Acquire (MT2B, 0) Release (MTX2) Release (MT2B) Release (MTX0) Return (1) }
    Method (T027) { Acquire (MTX0, 0) Acquire (MTX2, 0) Acquire (MT2B, 0) Release (MT2B) Release (MTX2) Release (MTX0) Return (1) }
}
