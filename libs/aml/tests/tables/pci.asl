// Regions of PCI_Config: on the root bus, behind bridges, and where no address can be known.
DefinitionBlock ("", "DSDT", 2, "VALHAL", "PCI", 1)
{
    Scope (\_SB)
    {
        Device (PCI0)
        {
            Name (_HID, EisaId ("PNP0A08"))
            Name (_CID, EisaId ("PNP0A03"))
            Name (_SEG, 1)
            Method (_BBN) { Return (0x40) }
            OperationRegion (HOST, PCI_Config, 0, 0x100)
            Field (HOST, DWordAcc, NoLock, Preserve) { HOID, 32 }

            Device (RP05)
            {
                Name (_ADR, 0x001C0004)
                OperationRegion (RPCF, PCI_Config, 0, 0x100)
                Field (RPCF, DWordAcc, NoLock, Preserve) { RPID, 32 }

                Device (NVME)
                {
                    Name (_ADR, 0)
                    OperationRegion (NVCF, PCI_Config, 0x3C, 4)
                    Field (NVCF, ByteAcc, NoLock, Preserve) { NVLN, 8 }
                }
            }

            Device (PLN0)
            {
                Name (_ADR, 0x00050000)
                Device (CHLD)
                {
                    Name (_ADR, 0)
                    OperationRegion (CHCF, PCI_Config, 0x3C, 4)
                    Field (CHCF, ByteAcc, NoLock, Preserve) { CHLN, 8 }
                }
            }

            Device (NADR)
            {
                OperationRegion (NACF, PCI_Config, 0, 4)
                Field (NACF, ByteAcc, NoLock, Preserve) { NAID, 8 }
            }

            Device (BADR)
            {
                Name (_ADR, 0x00210000)
                OperationRegion (BACF, PCI_Config, 0, 4)
                Field (BACF, ByteAcc, NoLock, Preserve) { BAID, 8 }
            }
        }

        Device (LONE)
        {
            Name (_ADR, 0)
            OperationRegion (LOCF, PCI_Config, 0, 4)
            Field (LOCF, ByteAcc, NoLock, Preserve) { LOID, 8 }
        }
    }

    Method (WRNV) { \_SB.PCI0.RP05.NVME.NVLN = 0x55 Return (\_SB.PCI0.RP05.NVME.NVLN) }
    Method (WRCH) { \_SB.PCI0.PLN0.CHLD.CHLN = 0x55 }
}
