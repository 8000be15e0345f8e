"""A solver process over the Python bindings of cvc5: SMT-LIB commands on standard input, answers on standard output."""

import sys

import cvc5

# After these somebody waits; what comes before them is read together with them, which takes a third of the time.
ANSWERED = ("(check-sat", "(get-", "(reset", "(echo", "(exit")


def questions(read):
    """Each question as text: a command that has an answer, with all that comes before it."""
    text, depth, within, start = [], 0, "", 0
    for line in iter(read, ""):
        for sign in line:
            text.append(sign)
            if within:
                if sign == ("\n" if within == ";" else within):
                    within = ""
            elif sign in ';"|':
                within = sign
            elif sign == "(":
                if depth == 0:
                    start = len(text) - 1
                depth += 1
            elif sign == ")":
                depth -= 1
                if depth == 0 and "".join(text[start : start + 12]).startswith(ANSWERED):
                    yield "".join(text)
                    text = []


def begin(milliseconds):
    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("tlimit-per", milliseconds)
    return solver, cvc5.SymbolManager(solver)


def main(milliseconds):
    solver, symbols = begin(milliseconds)
    for text in questions(sys.stdin.readline):
        try:
            parser = cvc5.InputParser(solver, symbols)
            parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "input")
            command = parser.nextCommand()
            while not command.isNull():
                if command.getCommandName() == "reset":
                    # The names would stay.
                    solver, symbols = begin(milliseconds)
                    break
                sys.stdout.write(command.invoke(solver, symbols))
                command = parser.nextCommand()
        except RuntimeError as error:
            words = str(error).replace('"', "'").replace("\n", " ")
            sys.stdout.write(f'(error "Parse Error: {words}")\n')
        sys.stdout.flush()


main(sys.argv[1])
