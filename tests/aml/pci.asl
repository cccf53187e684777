// Regions in PCI configuration space: behind a bridge, and where nobody knows.
DefinitionBlock ("", "SSDT", 2, "VALHAL", "PCI", 1)
{
    External (\_SB.PCI0, DeviceObj)

    Scope (\_SB.PCI0)
    {
        // QEMU's root port, at 00:05.0.
        Device (XRP0)
        {
            Name (_ADR, 0x00050000)
            OperationRegion (XRGN, PCI_Config, 0, 4)
            Field (XRGN, WordAcc, NoLock, Preserve)
            {
                XRPV, 16,
                XRPD, 16
            }

            Method (XGET)
            {
                Return (XRPD)
            }

            Device (XCH0)
            {
                Method (_ADR)
                {
                    Return (Zero)
                }

                OperationRegion (XRGC, PCI_Config, 0x3C, 4)
                Field (XRGC, ByteAcc, NoLock, Preserve)
                {
                    ILIN, 8
                }

                Method (XWRI)
                {
                    ILIN = 0x55
                    Return (ILIN)
                }

                // A part of the function around it.
                Device (XSUB)
                {
                    Name (_HID, "VALH0001")
                    OperationRegion (XRGS, PCI_Config, 0, 4)
                    Field (XRGS, WordAcc, NoLock, Preserve)
                    {
                        , 16,
                        XDID, 16
                    }

                    Method (XGET)
                    {
                        Return (XDID)
                    }
                }

                Method (XMTH, 0, Serialized)
                {
                    OperationRegion (XRGM, PCI_Config, 0x3C, 4)
                    Field (XRGM, ByteAcc, NoLock, Preserve)
                    {
                        XLIN, 8
                    }
                    XLIN = 0x66
                    Return (XLIN)
                }
            }
        }

        // Where it is, it reads from itself.
        Device (XSLF)
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

            Method (XGET)
            {
                Return (XRID)
            }
        }

        // A bridge that is not there.
        Device (XRP1)
        {
            Name (_ADR, 0x00060000)
            Device (XCH1)
            {
                Name (_ADR, Zero)
                OperationRegion (XRGC, PCI_Config, 0x3C, 4)
                Field (XRGC, ByteAcc, NoLock, Preserve)
                {
                    XLIN, 8
                }

                Method (XWRI)
                {
                    XLIN = 0x77
                    Return (XLIN)
                }
            }
        }
    }

    // Read while the table is loaded.
    Name (XTOP, 0)
    XTOP = \_SB.PCI0.XRP0.XCH0.XSUB.XDID

    // Below no host bridge.
    Device (\_SB.XOUT)
    {
        Name (_ADR, 0x001F0000)
        OperationRegion (XRGO, PCI_Config, 0x3C, 4)
        Field (XRGO, ByteAcc, NoLock, Preserve)
        {
            XLIN, 8
        }

        Method (XWRI)
        {
            XLIN = 0x77
            Return (XLIN)
        }
    }
}
