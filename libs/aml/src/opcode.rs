//! The operators of AML: code, name in ASL, arguments (ACPI 6.5, 20.2 and 20.3).
//!
//! One table serves evaluator, skipper and disassembler.

/// How an argument stands in the bytes, and what is made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arg {
    /// A term that gives a value.
    Term,
    /// A place: a name, local, argument, `Debug`, or a term that gives a reference.
    Super,
    /// The same, or nothing.
    Target,
    /// The same, where a name that is not there is an answer, not an error.
    Maybe,
    /// A name string, as it stands.
    Name,
    Byte,
    Word,
    DWord,
    QWord,
    /// Bytes up to a zero.
    Text,
    /// Bytes up to the end of the package.
    Bytes,
    /// Elements of a package up to its end.
    Elements,
    /// Fields up to the end of the package.
    Fields,
    /// Terms up to the end of the package.
    Terms,
}

macro_rules! operators {
    ($($code:literal $op:ident $name:literal $package:ident [$($arg:ident)*])*) => {
        /// An operator.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Op {
            $($op,)*
            /// The call of a method: no code of its own, the method's name.
            Call,
        }

        /// Codes and names in ASL of all operators; those of two bytes begin with 5Bh.
        pub const OPERATORS: &[(u16, &str)] = &[$(($code, $name)),*];

        impl Op {
            /// The operator of a code; those of two bytes begin with 5Bh.
            pub(crate) fn from_code(code: u16) -> Option<Self> {
                Some(match code {
                    $($code => Self::$op,)*
                    _ => return None,
                })
            }

            /// The operator's name in ASL.
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Self::$op => $name,)*
                    Self::Call => "a call",
                }
            }

            /// The arguments, in order.
            pub(crate) fn arguments(self) -> &'static [Arg] {
                match self {
                    $(Self::$op => &[$(Arg::$arg),*],)*
                    Self::Call => &[],
                }
            }

            /// The arguments follow a length, the package's, that encloses them.
            pub(crate) fn has_package(self) -> bool {
                match self {
                    $(Self::$op => operators!(@$package),)*
                    Self::Call => false,
                }
            }
        }
    };
    (@plain) => { false };
    (@package) => { true };
}

operators! {
    0x00 Zero "Zero" plain []
    0x01 One "One" plain []
    0x06 Alias "Alias" plain [Name Name]
    0x08 Name "Name" plain [Name Term]
    0x0A ByteConst "a byte" plain [Byte]
    0x0B WordConst "a word" plain [Word]
    0x0C DWordConst "a dword" plain [DWord]
    0x0D Text "a string" plain [Text]
    0x0E QWordConst "a qword" plain [QWord]
    0x10 Scope "Scope" package [Name Terms]
    0x11 Buffer "Buffer" package [Term Bytes]
    0x12 Package "Package" package [Byte Elements]
    0x13 VarPackage "Package" package [Term Elements]
    0x14 Method "Method" package [Name Byte Terms]
    0x15 External "External" plain [Name Byte Byte]
    0x60 Local0 "Local0" plain []
    0x61 Local1 "Local1" plain []
    0x62 Local2 "Local2" plain []
    0x63 Local3 "Local3" plain []
    0x64 Local4 "Local4" plain []
    0x65 Local5 "Local5" plain []
    0x66 Local6 "Local6" plain []
    0x67 Local7 "Local7" plain []
    0x68 Arg0 "Arg0" plain []
    0x69 Arg1 "Arg1" plain []
    0x6A Arg2 "Arg2" plain []
    0x6B Arg3 "Arg3" plain []
    0x6C Arg4 "Arg4" plain []
    0x6D Arg5 "Arg5" plain []
    0x6E Arg6 "Arg6" plain []
    0x70 Store "Store" plain [Term Super]
    0x71 RefOf "RefOf" plain [Super]
    0x72 Add "Add" plain [Term Term Target]
    0x73 Concatenate "Concatenate" plain [Term Term Target]
    0x74 Subtract "Subtract" plain [Term Term Target]
    0x75 Increment "Increment" plain [Super]
    0x76 Decrement "Decrement" plain [Super]
    0x77 Multiply "Multiply" plain [Term Term Target]
    0x78 Divide "Divide" plain [Term Term Target Target]
    0x79 ShiftLeft "ShiftLeft" plain [Term Term Target]
    0x7A ShiftRight "ShiftRight" plain [Term Term Target]
    0x7B And "And" plain [Term Term Target]
    0x7C NAnd "NAnd" plain [Term Term Target]
    0x7D Or "Or" plain [Term Term Target]
    0x7E NOr "NOr" plain [Term Term Target]
    0x7F XOr "XOr" plain [Term Term Target]
    0x80 Not "Not" plain [Term Target]
    0x81 FindSetLeftBit "FindSetLeftBit" plain [Term Target]
    0x82 FindSetRightBit "FindSetRightBit" plain [Term Target]
    0x83 DerefOf "DerefOf" plain [Term]
    0x84 ConcatenateResTemplate "ConcatenateResTemplate" plain [Term Term Target]
    0x85 Mod "Mod" plain [Term Term Target]
    0x86 Notify "Notify" plain [Super Term]
    0x87 SizeOf "SizeOf" plain [Super]
    0x88 Index "Index" plain [Term Term Target]
    0x89 Match "Match" plain [Term Byte Term Byte Term Term]
    0x8A CreateDWordField "CreateDWordField" plain [Term Term Name]
    0x8B CreateWordField "CreateWordField" plain [Term Term Name]
    0x8C CreateByteField "CreateByteField" plain [Term Term Name]
    0x8D CreateBitField "CreateBitField" plain [Term Term Name]
    0x8E ObjectType "ObjectType" plain [Super]
    0x8F CreateQWordField "CreateQWordField" plain [Term Term Name]
    0x90 LAnd "LAnd" plain [Term Term]
    0x91 LOr "LOr" plain [Term Term]
    0x92 LNot "LNot" plain [Term]
    0x93 LEqual "LEqual" plain [Term Term]
    0x94 LGreater "LGreater" plain [Term Term]
    0x95 LLess "LLess" plain [Term Term]
    0x96 ToBuffer "ToBuffer" plain [Term Target]
    0x97 ToDecimalString "ToDecimalString" plain [Term Target]
    0x98 ToHexString "ToHexString" plain [Term Target]
    0x99 ToInteger "ToInteger" plain [Term Target]
    0x9C ToString "ToString" plain [Term Term Target]
    0x9D CopyObject "CopyObject" plain [Term Super]
    0x9E Mid "Mid" plain [Term Term Term Target]
    0x9F Continue "Continue" plain []
    0xA0 If "If" package [Term Terms]
    0xA1 Else "Else" package [Terms]
    0xA2 While "While" package [Term Terms]
    0xA3 Noop "Noop" plain []
    0xA4 Return "Return" plain [Term]
    0xA5 Break "Break" plain []
    0xCC BreakPoint "BreakPoint" plain []
    0xFF Ones "Ones" plain []
    0x5B01 Mutex "Mutex" plain [Name Byte]
    0x5B02 Event "Event" plain [Name]
    0x5B12 CondRefOf "CondRefOf" plain [Maybe Target]
    0x5B13 CreateField "CreateField" plain [Term Term Term Name]
    0x5B1F LoadTable "LoadTable" plain [Term Term Term Term Term Term]
    0x5B20 Load "Load" plain [Super Target]
    0x5B21 Stall "Stall" plain [Term]
    0x5B22 Sleep "Sleep" plain [Term]
    0x5B23 Acquire "Acquire" plain [Super Word]
    0x5B24 Signal "Signal" plain [Super]
    0x5B25 Wait "Wait" plain [Super Term]
    0x5B26 Reset "Reset" plain [Super]
    0x5B27 Release "Release" plain [Super]
    0x5B28 FromBcd "FromBCD" plain [Term Target]
    0x5B29 ToBcd "ToBCD" plain [Term Target]
    0x5B2A Unload "Unload" plain [Super]
    0x5B30 Revision "Revision" plain []
    0x5B31 Debug "Debug" plain []
    0x5B32 Fatal "Fatal" plain [Byte DWord Term]
    0x5B33 Timer "Timer" plain []
    0x5B80 OperationRegion "OperationRegion" plain [Name Byte Term Term]
    0x5B81 Field "Field" package [Name Byte Fields]
    0x5B82 Device "Device" package [Name Terms]
    0x5B83 Processor "Processor" package [Name Byte DWord Byte Terms]
    0x5B84 PowerResource "PowerResource" package [Name Byte Word Terms]
    0x5B85 ThermalZone "ThermalZone" package [Name Terms]
    0x5B86 IndexField "IndexField" package [Name Name Byte Fields]
    0x5B87 BankField "BankField" package [Name Name Term Byte Fields]
    0x5B88 DataTableRegion "DataTableRegion" plain [Name Term Term Term]
}

impl Op {
    /// Declares a named object, and gives no value.
    pub(crate) fn is_declaration(self) -> bool {
        matches!(
            self,
            Self::Alias
                | Self::Name
                | Self::Scope
                | Self::Method
                | Self::Mutex
                | Self::Event
                | Self::OperationRegion
                | Self::Field
                | Self::Device
                | Self::Processor
                | Self::PowerResource
                | Self::ThermalZone
                | Self::IndexField
                | Self::BankField
        )
    }
}
