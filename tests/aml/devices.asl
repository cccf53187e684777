// Devices whose objects fail, between others that must not suffer for it.
DefinitionBlock ("", "SSDT", 2, "VALHAL", "DEVICES", 1)
{
    External (\_SB.PCI0, DeviceObj)
    External (NONE, IntObj)

    Name (WELL, 0)

    // Neither the interpreter's panic nor an error ends the list.
    Method (BOOM)
    {
        Return (Match (Package () { 1, 2, 3 }, MEQ, 2, MTR, 0, 0))
    }

    Method (FAIL)
    {
        Return (NONE)
    }

    Scope (\_SB)
    {
        Device (AA00)
        {
            Name (_HID, "VALH0000")
            Method (_INI)
            {
                WELL |= 0x01
            }
        }

        Device (AA01)
        {
            Name (_HID, "VALH0001")
            Method (_STA)
            {
                Return (BOOM ())
            }
        }

        Device (AA02)
        {
            Name (_HID, "VALH0002")
            Method (_STA)
            {
                Return (FAIL ())
            }
        }

        Device (AA03)
        {
            Method (_HID)
            {
                Return (FAIL ())
            }
            Method (_INI)
            {
                WELL |= 0x02
            }
        }

        Device (AA04)
        {
            Name (_HID, "VALH0004")
            Method (_INI)
            {
                FAIL ()
            }
        }

        Device (AA05)
        {
            Name (_HID, "VALH0005")
            Method (_INI)
            {
                BOOM ()
            }
        }

        // Absent: neither it nor what is in it is initialised.
        Device (AA06)
        {
            Name (_HID, "VALH0006")
            Name (_STA, 0)
            Device (AA07)
            {
                Name (_HID, "VALH0007")
                Method (_INI)
                {
                    WELL |= 0x100
                }
            }
        }

        Device (AA08)
        {
            Name (_HID, "VALH0008")
            Method (_STA)
            {
                Return (0x0F)
            }
            Method (_INI)
            {
                WELL |= 0x04
            }
        }

        Device (AA09)
        {
            Name (_HID, "VALH0009")
            Method (_PRT)
            {
                Return (FAIL ())
            }
        }
    }

    Method (\_PIC, 1)
    {
        FAIL ()
    }
}
