"""A solver process over the Python bindings of cvc5: SMT-LIB commands on standard input, answers on standard output."""

import sys

import cvc5


def commands(read):
    """Each command as text: what stands in parentheses, with the comments before it."""
    text, depth, within = [], 0, ""
    for line in iter(read, ""):
        for sign in line:
            text.append(sign)
            if within:
                if sign == ("\n" if within == ";" else within):
                    within = ""
            elif sign in ';"|':
                within = sign
            elif sign == "(":
                depth += 1
            elif sign == ")":
                depth -= 1
                if depth == 0:
                    yield "".join(text)
                    text = []


def begin(milliseconds):
    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("tlimit-per", milliseconds)
    return solver, cvc5.SymbolManager(solver)


def main(milliseconds):
    solver, symbols = begin(milliseconds)
    for text in commands(sys.stdin.readline):
        try:
            parser = cvc5.InputParser(solver, symbols)
            parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "input")
            command = parser.nextCommand()
            if command.getCommandName() == "reset":
                # The names would stay.
                solver, symbols = begin(milliseconds)
                continue
            answer = command.invoke(solver, symbols)
        except RuntimeError as error:
            words = str(error).replace('"', "'").replace("\n", " ")
            answer = f'(error "Parse Error: {words}")\n'
        sys.stdout.write(answer)
        sys.stdout.flush()


main(sys.argv[1])
