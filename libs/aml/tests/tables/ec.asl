// An embedded controller, found by its _CRS; CMOS; a _REG; devices with _STA and _INI.
DefinitionBlock ("", "DSDT", 2, "VALHAL", "EC", 1)
{
    Name (ORDR, "")
    Method (\_INI) { ORDR = Concatenate (ORDR, "root ") }
    Scope (\_SB)
    {
        Method (_INI) { ORDR = Concatenate (ORDR, "sb ") }
        Device (EC0)
        {
            Name (_HID, EisaId ("PNP0C09"))
            Name (_CRS, ResourceTemplate ()
            {
                IO (Decode16, 0x0930, 0x0930, 1, 1)
                IO (Decode16, 0x0934, 0x0934, 1, 1)
            })
            OperationRegion (ERAM, EmbeddedControl, 0, 0xFF)
            Field (ERAM, ByteAcc, NoLock, Preserve) { Offset (0x10), TEMP, 8, FANS, 16 }
            Method (_REG, 2) { If (Arg0 == 3 && Arg1 == 1) { ORDR = Concatenate (ORDR, "reg ") } }
            Method (_INI) { ORDR = Concatenate (ORDR, "ec ") }
        }

        Device (GONE)
        {
            Method (_STA) { Return (0) }
            Method (_INI) { ORDR = Concatenate (ORDR, "gone ") }
            Device (BELO) { Method (_INI) { ORDR = Concatenate (ORDR, "below-gone ") } }
        }

        Device (FUNC)
        {
            Method (_STA) { Return (8) }
            Method (_INI) { ORDR = Concatenate (ORDR, "func ") }
            Device (BELO) { Method (_INI) { ORDR = Concatenate (ORDR, "below-func ") } }
        }

        Device (FAIL)
        {
            Method (_STA) { Return (NOPE) }
            Method (_INI) { ORDR = Concatenate (ORDR, "fail ") }
        }

        Device (LAST) { Method (_INI) { ORDR = Concatenate (ORDR, "last ") } }
    }

    OperationRegion (CMSR, SystemCMOS, 0, 0x80)
    Field (CMSR, ByteAcc, NoLock, Preserve) { Offset (0x32), CENT, 8 }
    OperationRegion (GSBR, GenericSerialBus, 0, 0x100)
    Field (GSBR, BufferAcc, NoLock, Preserve) { Connection (I2cSerialBus (0x1A, ControllerInitiated, 100000, AddressingMode7Bit, "\\_SB.I2C0")), AccessAs (BufferAcc, AttribByte), GSBF, 8 }
    OperationRegion (GLKR, SystemMemory, 0x1000, 4)
    Field (GLKR, ByteAcc, Lock, Preserve) { GLKF, 8 }
    Method (TEMP) { Return (\_SB.EC0.TEMP) }
    Method (FANS) { \_SB.EC0.FANS = 0x1234 Return (\_SB.EC0.FANS) }
    Method (GSBX) { Return (GSBF) }
    Method (GLCK) { GLKF = 1 Return (GLKF) }
    Method (NTFY) { Notify (\_SB.EC0, 0x80) Notify (\_SB.LAST, 0x81) }
}
