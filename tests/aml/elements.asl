// Stores into elements of buffers, strings and packages.
DefinitionBlock ("", "SSDT", 2, "VALHAL", "ELEMENTS", 1)
{
    Name (XBUF, Buffer (4) { 1, 2, 3, 4 })
    Name (XSTR, "abc")
    Name (XPKG, Package () { 1, 2, 3 })

    Method (XBEL)
    {
        XBUF [1] = 9
        Return (XBUF)
    }

    Method (XBEN)
    {
        Local0 = 2
        XBUF [Local0] = 0x1234
        Return (XBUF)
    }

    Method (XBLO)
    {
        Local0 = Buffer (3) { 5, 6, 7 }
        Local0 [0] = 8
        Return (Local0)
    }

    Method (XBEY)
    {
        XBUF [4] = 9
        Return (XBUF)
    }

    Method (XSTE)
    {
        XSTR [1] = 0x78
        Return (XSTR)
    }

    Method (XSTY)
    {
        XSTR [3] = 0x78
        Return (XSTR)
    }

    Method (XSTN)
    {
        XSTR [1] = 0xC3
        Return (XSTR)
    }

    Method (XPKE)
    {
        XPKG [1] = "two"
        Return (XPKG)
    }

    Method (XPKC)
    {
        Local0 = XPKG
        Local0 [0] = 7
        Return (XPKG)
    }
}
