# The two ends of the shim: in from the loader, out to the kernel.
#
# In: PVH and Multiboot2 both enter at `start`, in 32-bit protected mode without
# paging. Out: `handoff` leaves for the kernel in the state that the Limine
# protocol describes, or `refuse` says why not. What lies between is Rust.

# --- What loaders look for ---------------------------------------------------

.section .multiboot2, "a"
.balign 8
multiboot2:
    .long 0xe85250d6, 0                 # magic; i386 protected mode
    .long multiboot2_end - multiboot2
    .long 0x100000000 - 0xe85250d6 - (multiboot2_end - multiboot2)
    .word 1, 0                          # asks for modules and the memory map
    .long 16, 3, 6
    .word 5, 1                          # would like a framebuffer of this size;
    .long 20, 1280, 800, 32             # GRUB takes another where there is none
    .balign 8
    .word 6, 0                          # modules on page boundaries
    .long 8
    .word 0, 0                          # end
    .long 8
multiboot2_end:

.section .note.pvh, "a", @note
.balign 4
    .long 4, 8, 18                      # sizes; XEN_ELFNOTE_PHYS32_ENTRY
    .asciz "Xen"
    .quad start                         # QEMU reads eight bytes

# --- In ----------------------------------------------------------------------

.section .text.start, "ax"
.code32
.global start
start:
    cli
    cld
    mov esp, offset stack_top
    mov esi, eax                        # Multiboot2's magic, or anything
    mov ebp, ebx                        # the loader's information

    mov edi, offset no_long_mode
    pushfd                              # there is CPUID if EFLAGS.ID can change
    pop eax
    mov ecx, eax
    xor eax, 1 << 21
    push eax
    popfd
    pushfd
    pop eax
    cmp eax, ecx
    je refuse32
    mov eax, 0x80000000
    cpuid
    cmp eax, 0x80000001
    jb refuse32
    mov eax, 0x80000001
    cpuid
    bt edx, 29                          # LM
    jnc refuse32

    mov eax, 1 << 8                     # EFER: LME, and NXE where there is NX
    bt edx, 20
    jnc 1f
    or eax, 1 << 11
1:  mov ecx, 0xc0000080
    xor edx, edx
    wrmsr
    mov eax, 1 << 5                     # CR4: PAE
    mov cr4, eax
    mov eax, offset early_pml4
    mov cr3, eax
    mov eax, 0x80010011                 # CR0: PG, WP, ET, PE
    mov cr0, eax
    lgdt [early_gdtr]
    mov eax, offset long_mode
    push 0x28
    push eax
    retf

.code64
long_mode:
    mov eax, 0x30
    mov ss, eax
    mov ds, eax
    mov es, eax
    mov edi, esi                        # shim_main(magic, information)
    mov esi, ebp
    xor ebp, ebp
    call shim_main
    ud2

# --- The last word: a line on COM1 (115200 8N1) and port 0xE9, then a halt ----

.macro set_port port, value
    mov edx, \port
    mov al, \value
    out dx, al
.endm

# The same instructions in either mode: all of the shim lies below 4 GiB.
.macro refuse_in name                   # (edi: zero-terminated text)
\name:
    mov ebx, edi
    set_port 0x3fb, 0x83
    set_port 0x3f8, 1
    set_port 0x3f9, 0
    set_port 0x3fb, 3
    mov esi, offset prefix
    call 4f
    mov esi, ebx
    call 4f
    mov esi, offset line_end
    call 4f
3:  hlt
    jmp 3b
4:  lodsb
    test al, al
    jz 7f
    out 0xe9, al
    mov ah, al
    mov edx, 0x3fd
    mov ecx, 20000                      # a UART that never gets ready is given up
5:  in al, dx
    test al, 0x20
    jnz 6f
    loop 5b
6:  set_port 0x3f8, ah
    jmp 4b
7:  ret
.endm

.code32
refuse_in refuse32
.code64
.global refuse
refuse_in refuse

# --- Out ---------------------------------------------------------------------

# Of all the shim, the kernel's tables map this page alone as code. What it
# touches after CR3 is either in this page or reached through the direct map.
.section .handoff, "ax"
.balign 4096
.global handoff
handoff:                                # (rdi: CR3, rsi: entry, rdx: stack)
    mov cr3, rdi
    lgdt [rip + handoff_gdtr]
    lidt [rip + handoff_idtr]
    mov eax, 0x30
    .irp register, ss, ds, es, fs, gs
    mov \register, eax
    .endr
    xor eax, eax
    lldt ax
    mov eax, 0x38
    ltr ax
    mov rsp, rdx
    push 0x30                           # SS, RSP, RFLAGS, CS, RIP for IRETQ
    push rdx
    push 2
    push 0x28
    push rsi
    .irp register, eax, ebx, ecx, edx, esi, edi, ebp, r8d, r9d, r10d, r11d, r12d, r13d, r14d, r15d
    xor \register, \register
    .endr
    iretq
handoff_gdtr:
    .word gdt_end - gdt - 1
    .quad gdt + {hhdm}
handoff_idtr:
    .word 0
    .quad 0

# --- Data --------------------------------------------------------------------

.section .rodata.start, "a"
prefix:
    .asciz "shim: "
no_long_mode:
    .asciz "this processor has no 64-bit mode (long mode), which the kernel needs"
line_end:
    .asciz "\r\n"
early_gdtr:
    .word gdt_end - gdt - 1
    .quad gdt

# The protocol's seven descriptors, and an empty TSS, so that TR can be loaded
# with base 0 and limit 0. The first 4 GiB one to one in 2 MiB pages.
.section .data.start, "aw"
.balign 4096
.global early_pml4
early_pml4:
    .quad early_pdpt + 3
    .skip 4096 - 8
early_pdpt:
    .quad early_pd + 3, early_pd + 4096 + 3, early_pd + 2 * 4096 + 3, early_pd + 3 * 4096 + 3
    .skip 4096 - 4 * 8
early_pd:
    .set entry, 0x83                    # present, writable, large
    .rept 4 * 512
    .quad entry
    .set entry, entry + 0x200000
    .endr
gdt:
    .quad 0
    .quad 0x00009b000000ffff            # 0x08 16-bit code
    .quad 0x000093000000ffff            # 0x10 16-bit data
    .quad 0x00cf9b000000ffff            # 0x18 32-bit code
    .quad 0x00cf93000000ffff            # 0x20 32-bit data
    .quad 0x00209b0000000000            # 0x28 64-bit code
    .quad 0x0000930000000000            # 0x30 64-bit data
    .quad 0x0000890000000000, 0         # 0x38 TSS
gdt_end:

.section .bss.start, "aw", @nobits
.balign 16
    .skip 128 * 1024
stack_top:
