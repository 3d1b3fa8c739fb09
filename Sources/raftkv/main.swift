import System
import Terminal

StandardDescriptors.claim()
KeyValueProgram.end(with: KeyValueProgram.main(KeyValueProgram.words, on: Console()))
