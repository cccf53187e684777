// A device whose path is longer than what is kept of it for people.
DefinitionBlock ("", "SSDT", 2, "VALHAL", "DEEP", 1)
{
    External (NONE, IntObj)

    Device (\_SB.DEV0) {}
    Device (\_SB.DEV0.DEV1) {}
    Device (\_SB.DEV0.DEV1.DEV2) {}
    Device (\_SB.DEV0.DEV1.DEV2.DEV3) {}
    Device (\_SB.DEV0.DEV1.DEV2.DEV3.DEV4) {}
    Device (\_SB.DEV0.DEV1.DEV2.DEV3.DEV4.DEV5) {}
    Device (\_SB.DEV0.DEV1.DEV2.DEV3.DEV4.DEV5.DEV6) {}
    Device (\_SB.DEV0.DEV1.DEV2.DEV3.DEV4.DEV5.DEV6.DEV7) {}
    Device (\_SB.DEV0.DEV1.DEV2.DEV3.DEV4.DEV5.DEV6.DEV7.DEV8) {}
    Device (\_SB.DEV0.DEV1.DEV2.DEV3.DEV4.DEV5.DEV6.DEV7.DEV8.DEV9) {}
    Device (\_SB.DEV0.DEV1.DEV2.DEV3.DEV4.DEV5.DEV6.DEV7.DEV8.DEV9.DEVA) {}
    Device (\_SB.DEV0.DEV1.DEV2.DEV3.DEV4.DEV5.DEV6.DEV7.DEV8.DEV9.DEVA.DEVB) {}
    Device (\_SB.DEV0.DEV1.DEV2.DEV3.DEV4.DEV5.DEV6.DEV7.DEV8.DEV9.DEVA.DEVB.DEVC) {}
    Device (\_SB.DEV0.DEV1.DEV2.DEV3.DEV4.DEV5.DEV6.DEV7.DEV8.DEV9.DEVA.DEVB.DEVC.DEVD) {}
    Device (\_SB.DEV0.DEV1.DEV2.DEV3.DEV4.DEV5.DEV6.DEV7.DEV8.DEV9.DEVA.DEVB.DEVC.DEVD.DEVE)
    {
        Name (_HID, "VALHDEE9")
        Method (_STA)
        {
            Return (NONE)
        }
    }
}
