// Says that the same method takes two, as tables of real machines do.
DefinitionBlock ("", "SSDT", 2, "VALHAL", "TWO", 1)
{
    External (\GUPC, MethodObj, , {IntObj, IntObj})
    Method (CAL2) { Return (GUPC (One, One)) }
}
