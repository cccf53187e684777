// Mutexes: two at a time, one twice, and one that is held when a method ends badly.
DefinitionBlock ("", "SSDT", 2, "VALHAL", "MUTEXES", 1)
{
    Mutex (MTXA, 0)
    Mutex (MTXB, 0)
    External (NONE, IntObj)

    Method (LKA)
    {
        Acquire (MTXA, 0xFFFF)
        Release (MTXA)
        Return (1)
    }

    Method (LKAB)
    {
        Acquire (MTXA, 0xFFFF)
        Acquire (MTXB, 0xFFFF)
        Release (MTXB)
        Release (MTXA)
        Return (2)
    }

    Method (LKRE)
    {
        Acquire (MTXA, 0xFFFF)
        Acquire (MTXA, 0xFFFF)
        Release (MTXA)
        Release (MTXA)
        Return (3)
    }

    // Never ends, with both locks taken.
    Method (HANG)
    {
        Acquire (MTXA, 0xFFFF)
        Acquire (\_GL, 0xFFFF)
        While (One) {}
    }

    Method (GLCK)
    {
        Acquire (\_GL, 0xFFFF)
        Acquire (\_GL, 0xFFFF)
        Release (\_GL)
        Release (\_GL)
        Return (5)
    }

    // Ends with an error while the firmware's lock is taken.
    Method (GLER)
    {
        Acquire (\_GL, 0xFFFF)
        Local0 = NONE
        Release (\_GL)
        Return (Local0)
    }

    // Does not wait for ever.
    Method (GLTM)
    {
        Acquire (\_GL, 10)
        Release (\_GL)
        Return (6)
    }
}
