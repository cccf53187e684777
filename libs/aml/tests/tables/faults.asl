// A method that is asked after faults: it goes on for as long as GOON is zero.
DefinitionBlock ("", "DSDT", 2, "VALHAL", "FAULTS", 1)
{
    Name (CODE, 0)
    Name (TEXT, "")
    Name (COUN, 0)
    Name (GOON, 0)
    Name (PKGA, Package (2) {1})
    Method (_ERR, 3) { CODE = Arg0 TEXT = Arg1 COUN++ Return (GOON) }

    // One fault each, then what it left.
    Method (DIVI) { Local0 = 5 Divide (1, 0, Local0, Local1) Return (Local0) }
    Method (INDX) { Local0 = 5 Local1 = PKGA [7] Return (Local0) }
    Method (LOCL) { Local0 = 5 Add (Local1, 1, Local0) Return (Local0) }
    Method (IFFS) { Local0 = 5 If (Local1) { Local0 = 6 } Return (Local0) }
    // A fault in an operand is one more in the term around it.
    Method (NEST) { Local0 = 5 Local0 = 1 + (1 / Local1) Return (Local0) }
}
