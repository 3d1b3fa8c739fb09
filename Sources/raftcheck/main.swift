import Glibc

StandardDescriptors.claim()
exit(CommandLineProgram.main(CommandLineProgram.words, on: Console()).rawValue)
