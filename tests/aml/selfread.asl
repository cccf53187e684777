// A device whose address is in a register of its own, read while the table is loaded.
DefinitionBlock ("", "SSDT", 2, "VALHAL", "SELFREAD", 1)
{
    External (\_SB.PCI0, DeviceObj)

    Device (\_SB.PCI0.XSLF)
    {
        Method (_ADR)
        {
            Return (XRID)
        }

        OperationRegion (XRGI, PCI_Config, 0, 4)
        Field (XRGI, DWordAcc, NoLock, Preserve)
        {
            XRID, 32
        }
    }

    Name (XTOP, 0)
    XTOP = \_SB.PCI0.XSLF.XRID
}
