// Tables at run time. BUFA is an SSDT that creates \LODN, \LMTH and names in
// \_SB.DEVA, and writes 9 to \INTA.
DefinitionBlock ("", "DSDT", 2, "VALHAL", "CASES", 1)
{
    External (LODN, IntObj)
    External (LMTH, MethodObj, IntObj)
    External (\_SB.DEVA.GETI, MethodObj, IntObj)
    External (\_SB.DEVA.INSD, IntObj)
    Name (INTA, 5)
    Device (\_SB.DEVA) { Name (_ADR, 0) }
    Name (BUFA, Buffer ()
    {
        0x53, 0x53, 0x44, 0x54, 0x7B, 0x00, 0x00, 0x00, 0x02, 0xB0, 0x56, 0x41,
        0x4C, 0x48, 0x41, 0x4C, 0x4C, 0x4F, 0x41, 0x44, 0x45, 0x44, 0x00, 0x00,
        0x01, 0x00, 0x00, 0x00, 0x49, 0x4E, 0x54, 0x4C, 0x25, 0x09, 0x20, 0x20,
        0xA0, 0x17, 0x00, 0x15, 0x5C, 0x49, 0x4E, 0x54, 0x41, 0x01, 0x00, 0x15,
        0x5C, 0x2E, 0x5F, 0x53, 0x42, 0x5F, 0x44, 0x45, 0x56, 0x41, 0x06, 0x00,
        0x08, 0x5C, 0x4C, 0x4F, 0x44, 0x4E, 0x0A, 0x4D, 0x14, 0x10, 0x5C, 0x4C,
        0x4D, 0x54, 0x48, 0x00, 0xA4, 0x72, 0x49, 0x4E, 0x54, 0x41, 0x0A, 0x01,
        0x00, 0x10, 0x1E, 0x5C, 0x2E, 0x5F, 0x53, 0x42, 0x5F, 0x44, 0x45, 0x56,
        0x41, 0x08, 0x49, 0x4E, 0x53, 0x44, 0x0A, 0x05, 0x14, 0x0B, 0x47, 0x45,
        0x54, 0x49, 0x00, 0xA4, 0x49, 0x4E, 0x54, 0x41, 0x70, 0x0A, 0x09, 0x49,
        0x4E, 0x54, 0x41
    })
    OperationRegion (RGNA, SystemMemory, 0x10000, 123)
    Field (RGNA, ByteAcc, NoLock, Preserve) { FLDA, 984 }

    Method (T001) { Load (BUFA, Local0) Return (LODN) }
    Method (T002) { Load (BUFA, Local0) Return (INTA) }
    Method (T003) { Load (BUFA, Local0) Return (LMTH ()) }
    Method (T004) { Load (BUFA, Local0) Return (\_SB.DEVA.GETI ()) }
    Method (T005) { Load (BUFA, Local0) Return (\_SB.DEVA.INSD) }
    Method (T006) { FLDA = BUFA Load (RGNA, Local0) Return (LODN) }
    Method (T007) { FLDA = BUFA Load (FLDA, Local0) Return (LODN) }
    Method (T008) { Load (INTA, Local0) Return (1) }
    Method (T009) { BUFA [0] = 0x58 Load (BUFA, Local0) Return (1) }
    Method (T010) { Load (BUFA, Local0) Return (ObjectType (Local0)) }
    Method (T011) { Return (CondRefOf (\LODN)) }
    Method (T012) { Local0 = LoadTable ("NOPE", "", "") Return (ObjectType (Local0)) }
    Method (T013) { Return (LoadTable ("NOPE", "", "") == 0) }
    Method (T014) { Load (BUFA, Local0) Load (BUFA, Local1) Return (LODN) }
    Method (T015) { Load (BUFA, Local0) Unload (Local0) Return (CondRefOf (\LODN)) }
    Method (T016) { Load (BUFA, Local0) Unload (Local0) Unload (Local0) Return (1) }
    Method (T017) { Load (BUFA, Local0) Unload (Local0) Load (BUFA, Local1) Return (LODN) }
    Method (T018) { Load (BUFA, Local0) Unload (Local0) Return (CondRefOf (\_SB.DEVA.GETI)) }
    Method (T019) { Load (BUFA, INTA) Return (ObjectType (INTA)) }
    Method (T020) { Unload (INTA) Return (1) }

    // Not recorded: acpiexec has no such table, and makes no truth of a handle.
    Method (LTBL) { Local0 = LoadTable ("SSDT", "VALHAL", "LOADED", "\\_SB", "\\INTA", 3) Return (Local0) }
    Method (LTBN) { Return (LoadTable ("SSDT", "VALHAL", "LOADED", "\\NOPE", "", 3)) }
    Method (LOK) { Load (BUFA, Local0) If (Local0) { Return (1) } Return (0) }
}
