// Regions of spaces that have no driver, and regions that come late.
DefinitionBlock ("", "DSDT", 2, "VALHAL", "SPACES", 1)
{
    Name (LOGR, "")
    Device (\_SB.DEVA)
    {
        OperationRegion (SMBU, SMBus, 0x1000, 0x100)
        Field (SMBU, BufferAcc, NoLock, Preserve) { SMBF, 8 }
        OperationRegion (IPMR, IPMI, 0x1000, 0x100)
        Field (IPMR, BufferAcc, NoLock, Preserve) { IPMF, 8 }
        OperationRegion (GPIR, GeneralPurposeIo, 0, 0x10)
        Field (GPIR, ByteAcc, NoLock, Preserve) { GPIF, 1 }
        OperationRegion (GSBR, GenericSerialBus, 0, 0x100)
        Field (GSBR, BufferAcc, NoLock, Preserve) { GSBF, 8 }
        OperationRegion (PCCR, PCC, 0, 0x10)
        Field (PCCR, ByteAcc, NoLock, Preserve) { PCCF, 8 }
        OperationRegion (VEND, 0x80, 0, 0x10)
        Field (VEND, ByteAcc, NoLock, Preserve) { VENF, 8 }
        OperationRegion (CMOS, SystemCMOS, 0, 0x40)
        Method (_REG, 2) { LOGR = Concatenate (LOGR, Concatenate (ToDecimalString (Arg0), Concatenate (":", Concatenate (ToDecimalString (Arg1), " ")))) }
        Method (SMBA) { Return (SMBF) }
        Method (IPMA) { Return (IPMF) }
        Method (GPIA) { Return (GPIF) }
        Method (GSBA) { Return (GSBF) }
        Method (PCCA) { Return (PCCF) }
        Method (VENA) { Return (VENF) }
        Method (GPIW) { GPIF = 1 Return (1) }
    }

    // A region that a method creates is announced before the next term.
    Method (LATE, 0, Serialized)
    {
        Name (SEEN, 0)
        Method (_REG, 2, Serialized) { SEEN += Arg0 + Arg1 }
        OperationRegion (RGNA, SystemCMOS, 0, 4)
        Return (SEEN)
    }
}
