// Calls a method of another table with one argument.
DefinitionBlock ("", "DSDT", 2, "VALHAL", "ONE", 1)
{
    External (\GUPC, MethodObj, , {IntObj})
    Method (CALL) { Return (GUPC (One)) }
    Method (NEXT) { Return (2) }
}
