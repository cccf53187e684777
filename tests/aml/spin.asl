// A method that never ends: the question that runs it is given up.
DefinitionBlock ("", "SSDT", 2, "VALHAL", "SPIN", 1)
{
    Method (SPIN) { While (One) { Noop } }
}
