# The two ends of the shim: in from the loader, out to the kernel.
#
# In: PVH and Multiboot2 both enter at `start` in 32-bit protected mode without
# paging. Out: `handoff` leaves for the kernel in the state that the Limine
# protocol describes. What lies between is Rust.

# --- What loaders look for ---------------------------------------------------

.section .multiboot2, "a"
.balign 8
multiboot2_header:
    .long 0xe85250d6                    # magic
    .long 0                             # architecture: i386, protected mode
    .long multiboot2_end - multiboot2_header
    .long 0x100000000 - 0xe85250d6 - (multiboot2_end - multiboot2_header)
    .balign 8
    .word 1, 0                          # information request
    .long 8 + 2 * 4
    .long 3, 6                          #   modules, memory map
    .balign 8
    .word 5, 1                          # framebuffer, optional
    .long 20
    .long 1280, 800, 32                 #   where possible; GRUB takes another if not
    .balign 8
    .word 6, 0                          # modules on page boundaries
    .long 8
    .balign 8
    .word 0, 0                          # end
    .long 8
multiboot2_end:

.section .note.pvh, "a", @note
.balign 4
    .long 4                             # length of the name
    .long 8                             # length of the value
    .long 18                            # XEN_ELFNOTE_PHYS32_ENTRY
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
    mov edi, eax                        # Multiboot2's magic, or anything
    mov ebp, ebx                        # the loader's information

    pushfd                              # CPUID is there if EFLAGS.ID moves
    pop eax
    mov ecx, eax
    xor eax, 1 << 21
    push eax
    popfd
    pushfd
    pop eax
    cmp eax, ecx
    je no_long_mode
    mov eax, 0x80000000
    cpuid
    cmp eax, 0x80000001
    jb no_long_mode
    mov eax, 0x80000001
    cpuid
    bt edx, 29                          # LM
    jnc no_long_mode
    mov esi, 1 << 8                     # EFER.LME and nothing else,
    bt edx, 20
    jnc 1f
    or esi, 1 << 11                     # but NXE where there is NX
1:
    # Tables for our own time: the first 4 GiB, one to one, in 2 MiB pages.
    xor ecx, ecx
2:  mov eax, ecx
    shl eax, 21
    or eax, 0x83                        # present, writable, 2 MiB
    mov [early_pd + ecx * 8], eax
    inc ecx
    cmp ecx, 2048
    jb 2b
    mov eax, offset early_pd + 3
    xor ecx, ecx
3:  mov [early_pdpt + ecx * 8], eax
    add eax, 4096
    inc ecx
    cmp ecx, 4
    jb 3b
    mov eax, offset early_pdpt + 3
    mov [early_pml4], eax

    mov eax, 1 << 5                     # CR4: PAE alone
    mov cr4, eax
    mov eax, offset early_pml4
    mov cr3, eax
    mov ecx, 0xc0000080                 # EFER
    mov eax, esi
    xor edx, edx
    wrmsr
    mov eax, 0x80010011                 # CR0: PG, WP, ET, PE
    mov cr0, eax
    lgdt [early_gdtr]
    mov eax, offset long_mode
    push 0x28
    push eax
    retf

no_long_mode:
    mov esi, offset no_long_mode_text
    mov edx, 0x3f8 + 3                  # 8 bits, and the divisor latch open
    mov al, 0x83
    out dx, al
    mov edx, 0x3f8
    mov al, 1                           # 115200 baud
    out dx, al
    inc edx
    xor eax, eax
    out dx, al
    mov edx, 0x3f8 + 3
    mov al, 3                           # 8N1
    out dx, al
4:  lodsb
    test al, al
    jz 7f
    out 0xe9, al
    mov ah, al
    mov ecx, 20000                      # a UART that is not there ends the wait
    mov edx, 0x3f8 + 5
5:  in al, dx
    test al, 0x20
    jnz 6f
    loop 5b
6:  mov al, ah
    mov edx, 0x3f8
    out dx, al
    jmp 4b
7:  hlt
    jmp 7b

.code64
long_mode:
    mov eax, 0x30
    mov ss, eax
    mov ds, eax
    mov es, eax
    mov esi, ebp
    xor ebp, ebp
    call shim_main                      # edi: magic, esi: information
    ud2

.section .rodata.start, "a"
no_long_mode_text:
    .asciz "shim: this processor has no 64-bit mode (long mode), which the kernel needs\r\n"
.balign 8
early_gdtr:
    .word gdt_end - gdt - 1
    .quad gdt

# --- Out ---------------------------------------------------------------------

# The kernel's tables map this page alone of the shim as code. What it touches
# after CR3 is either in this page or reached through the HHDM.
.section .handoff, "ax"
.balign 4096
.global handoff
handoff:                                # (rdi: CR3, rsi: entry, rdx: stack)
    mov cr3, rdi
    lgdt [rip + handoff_gdtr]
    lidt [rip + handoff_idtr]
    mov eax, 0x30
    mov ss, eax
    mov ds, eax
    mov es, eax
    mov fs, eax
    mov gs, eax
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
    xor eax, eax
    xor ebx, ebx
    xor ecx, ecx
    xor edx, edx
    xor esi, esi
    xor edi, edi
    xor ebp, ebp
    xor r8d, r8d
    xor r9d, r9d
    xor r10d, r10d
    xor r11d, r11d
    xor r12d, r12d
    xor r13d, r13d
    xor r14d, r14d
    xor r15d, r15d
    iretq
.balign 8
handoff_gdtr:
    .word gdt_end - gdt - 1
    .quad gdt + {hhdm}
.balign 8
handoff_idtr:
    .word 0
    .quad 0

# The protocol's seven descriptors, and an empty TSS, so that TR can be loaded
# with base 0 and limit 0.
.section .data.gdt, "aw"
.balign 8
gdt:
    .quad 0
    .quad 0x00009b000000ffff            # 0x08 16-bit code
    .quad 0x000093000000ffff            # 0x10 16-bit data
    .quad 0x00cf9b000000ffff            # 0x18 32-bit code
    .quad 0x00cf93000000ffff            # 0x20 32-bit data
    .quad 0x00209b0000000000            # 0x28 64-bit code
    .quad 0x0000930000000000            # 0x30 64-bit data
    .quad 0x0000890000000000, 0         # 0x38 TSS: base 0, limit 0
gdt_end:

.section .bss.start, "aw", @nobits
.balign 4096
.global early_pml4
early_pml4: .skip 4096
early_pdpt: .skip 4096
early_pd:   .skip 4 * 4096
    .skip 65536
stack_top:
