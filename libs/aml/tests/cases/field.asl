DefinitionBlock ("", "DSDT", 2, "VALHAL", "CASES", 1)
{
    Name (BUFA, Buffer (8) {1, 2, 3, 4, 5, 6, 7, 8})
    Name (STRA, "abc")
    OperationRegion (RGNA, SystemMemory, 0x1000, 0x20)
    Field (RGNA, QWordAcc, NoLock, Preserve) { ALL0, 64 }
    Field (RGNA, ByteAcc, NoLock, Preserve) { W008, 16, W009, 8 }
    Field (RGNA, ByteAcc, NoLock, Preserve) { , 3, B003, 5, , 5, B013, 9 }
    Field (RGNA, DWordAcc, NoLock, Preserve) { , 20, D020, 20 }
    Field (RGNA, ByteAcc, NoLock, WriteAsOnes) { , 2, ONE1, 3 }
    Field (RGNA, ByteAcc, NoLock, WriteAsZeros) { , 2, ZER1, 3 }
    Field (RGNA, ByteAcc, NoLock, Preserve) { WIDE, 96 }
    Field (RGNA, ByteAcc, NoLock, Preserve) { , 4, ODD1, 70 }
    Field (RGNA, AnyAcc, NoLock, Preserve) { , 7, ANY1, 64 }
    Field (RGNA, ByteAcc, Lock, Preserve) { LCKF, 8 }
    Field (RGNA, ByteAcc, NoLock, Preserve) { Offset (0x20), OUTR, 8 }
    Field (RGNA, DWordAcc, NoLock, Preserve) { Offset (0x1C), OVER, 32 }
    Field (RGNA, ByteAcc, NoLock, Preserve) { AccessAs (DWordAcc, 0), XACC, 32 }
    OperationRegion (RGNB, SystemIO, 0x70, 0x10)
    Field (RGNB, ByteAcc, NoLock, Preserve) { IDXR, 8, DATR, 8, BNKR, 8 }
    IndexField (IDXR, DATR, ByteAcc, NoLock, Preserve) { Offset (0x20), IDXF, 8, IDXW, 16 }
    BankField (RGNB, BNKR, 1, ByteAcc, NoLock, Preserve) { Offset (4), BNK0, 8 }
    BankField (RGNB, BNKR, 2, ByteAcc, NoLock, Preserve) { Offset (5), BNK1, 8 }
    OperationRegion (RGNS, SystemMemory, 0x8000, 0x10)
    Field (RGNS, ByteAcc, NoLock, Preserve) { BNKS, 2 }
    BankField (RGNS, BNKS, 4, ByteAcc, NoLock, Preserve) { Offset (4), BNK2, 8 }
    DataTableRegion (DTRG, "DSDT", "", "")
    Field (DTRG, ByteAcc, NoLock, Preserve) { DTR0, 32 }
    Method (SETL, 1) { Return (Arg0) }
    OperationRegion (RGNC, 0x80, 0x10, 0x10)
    Field (RGNC, WordAcc, NoLock, Preserve) { RFLD, 16 }
    OperationRegion (RGND, GeneralPurposeIo, 0, 1)
    Field (RGND, ByteAcc, NoLock, Preserve) { Connection (GpioIo (Exclusive, PullDefault, 0, 0, IoRestrictionNone, "\\_SB.GPO0", 0, ResourceConsumer,,) {0}), PIN0, 1 }

    Method (T001) { W008 = 0x12345678 W009 = 0xAA Return (ALL0) }
    Method (T002) { ALL0 = 0xFFFFFFFFFFFFFFFF B003 = 0 Return (ALL0) }
    Method (T003) { ALL0 = 0xFFFFFFFFFFFFFFFF B013 = 0x155 Return (ALL0) }
    Method (T004) { ALL0 = 0x0123456789ABCDEF Return (B003) }
    Method (T005) { ALL0 = 0x0123456789ABCDEF Return (B013) }
    Method (T006) { ALL0 = 0x0123456789ABCDEF Return (D020) }
    Method (T007) { ALL0 = 0xFFFFFFFFFFFFFFFF D020 = 0 Return (ALL0) }
    Method (T008) { ALL0 = 0xFFFFFFFFFFFFFFFF ONE1 = 0 Return (ALL0) }
    Method (T009) { ALL0 = 0xFFFFFFFFFFFFFFFF ZER1 = 0 Return (ALL0) }
    Method (T010) { ALL0 = 0 ONE1 = 1 Return (ALL0) }
    Method (T011) { ALL0 = 0xFFFFFFFFFFFFFFFF ZER1 = 3 Return (ALL0) }
    Method (T012) { WIDE = Buffer (12) {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12} Return (WIDE) }
    Method (T013) { WIDE = 0x1234 Return (WIDE) }
    Method (T014) { Return (SizeOf (WIDE)) }
    Method (T015) { ODD1 = Buffer (9) {1, 2, 3, 4, 5, 6, 7, 8, 0xFF} Return (ODD1) }
    Method (T016) { ANY1 = 0x1122334455667788 Return (ANY1) }
    Method (T017) { IDXF = 0x5A Return (IDXF) }
    Method (T018) { IDXF = 0x5A Return (DATR) }
    Method (T019) { IDXF = 0x5A Return (IDXR) }
    Method (T020) { IDXW = 0x1234 Return (IDXR) }
    Method (T021) { IDXW = 0x1234 Return (DATR) }
    Method (T022) { BNK0 = 0x11 BNK1 = 0x22 Return (BNKR) }
    Method (T023) { BNK0 = 0x11 BNK1 = 0x22 Return (BNK0) }
    Method (T024) { BNKR = 7 Return (BNKR) }
    Method (T025) { LCKF = 5 Return (LCKF) }
    Method (T026) { Return (OUTR) }
    Method (T027) { OUTR = 1 Return (1) }
    Method (T028) { Return (OVER) }
    Method (T029, 0, Serialized) { CreateByteField (BUFA, 1, BF01) BF01 = 0x1FF Return (BUFA) }
    Method (T030, 0, Serialized) { CreateWordField (BUFA, 1, BF02) BF02 = 0x1234 Return (BUFA) }
    Method (T031, 0, Serialized) { CreateDWordField (BUFA, 1, BF03) BF03 = 0x12345678 Return (BUFA) }
    Method (T032, 0, Serialized) { CreateQWordField (BUFA, 0, BF04) BF04 = 0x123456789ABCDEF0 Return (BUFA) }
    Method (T033, 0, Serialized) { CreateBitField (BUFA, 9, BF05) BF05 = 1 Return (BUFA) }
    Method (T034, 0, Serialized) { CreateField (BUFA, 4, 12, BF06) BF06 = 0xFFF Return (BUFA) }
    Method (T035, 0, Serialized) { CreateField (BUFA, 4, 12, BF06) Return (BF06) }
    Method (T036, 0, Serialized) { CreateField (BUFA, 0, 32, BF06) Return (BF06) }
    Method (T037, 0, Serialized) { CreateField (BUFA, 0, 64, BF06) BF06 = "ab" Return (BUFA) }
    Method (T038, 0, Serialized) { CreateField (BUFA, 0, 64, BF06) BF06 = Buffer () {9} Return (BF06) }
    Method (T039, 0, Serialized) { CreateQWordField (BUFA, 0, BF04) Return (BF04) }
    Method (T040, 0, Serialized) { CreateDWordField (BUFA, 0, BF03) Return (BF03) }
    Method (T041, 0, Serialized) { CreateByteField (BUFA, 8, BF01) Return (1) }
    Method (T042, 0, Serialized) { CreateDWordField (BUFA, 6, BF03) Return (1) }
    Method (T043, 0, Serialized) { CreateField (BUFA, 0, 0, BF06) Return (1) }
    Method (T044, 0, Serialized) { CreateField (BUFA, 60, 8, BF06) Return (1) }
    Method (T045, 0, Serialized) { Local0 = Buffer (4) {} CreateWordField (Local0, 1, BF02) BF02 = 0xABCD Return (Local0) }
    Method (T046, 0, Serialized) { CreateByteField (STRA, 1, BF01) Return (BF01) }
    Method (T047, 0, Serialized) { CreateByteField (BUFA, 0, BF01) BF01++ Return (BUFA) }
    Method (T048, 0, Serialized) { CreateByteField (BUFA, 0, BF01) BF01 = "zz" Return (BUFA) }
    Method (T049, 0, Serialized) { CreateByteField (SETL (BUFA), 0, BF01) BF01 = 7 Return (BUFA) }
    Method (T050, 0, Serialized) { OperationRegion (RGNX, SystemMemory, 0x3000, 8) Field (RGNX, ByteAcc, NoLock, Preserve) { FLDX, 16 } FLDX = 0x1234 Return (FLDX) }
    Method (T051, 0, Serialized) { OperationRegion (RGNX, SystemIO, 0x3000, 8) Field (RGNX, WordAcc, NoLock, Preserve) { FLDX, 16 } FLDX = 0x1234 Return (FLDX) }
    Method (T052, 0, Serialized) { OperationRegion (RGNX, SystemMemory, 0x3000, 0) Field (RGNX, ByteAcc, NoLock, Preserve) { FLDX, 16 } Return (FLDX) }
    Method (T053) { Return (DTR0) }
    Method (T054) { DTR0 = 5 Return (DTR0) }
    Method (T055) { RFLD = 0x1234 Return (RFLD) }
    Method (T056) { PIN0 = 1 Return (1) }
    Method (T057) { Return (XACC) }
    Method (T058) { Return (BNK2) }
    Method (T059) { BNK2 = 1 Return (BNK2) }
}
