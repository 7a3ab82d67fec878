package dev.deepgemm.emulator.internal.parse;

import dev.deepgemm.api.Problem;
import dev.deepgemm.emulator.internal.check.FindingsException;
import dev.deepgemm.emulator.internal.memory.SharedMemory;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads one entry point out of PTX text.
 *
 * <p>The parser knows PTX's grammar and none of its instructions: what an opcode means is the
 * decoder's business. Errors do not stop it: it skips to the next semicolon and goes on, so that a
 * foreign kernel learns everything that is wrong with it at once.
 */
public final class PtxParser {
  /** The name of no entry point. */
  private static final String NO_ENTRY = "";

  private final TokenStream in;
  private final List<Problem> problems;
  private final String wanted;
  private final PtxScope module = new PtxScope(null);
  private final List<PtxScope.Register> registers = new ArrayList<>();
  private final List<EntryHead> entries = new ArrayList<>();
  private final OperandParser operands;
  private int staticShared = SharedMemory.START;
  private int dynamicAlign = 16;
  private @Nullable Variables pendingExtern;
  private @Nullable PtxKernel kernel;

  /** An {@code extern} shared array, whose address is known when all other variables are. */
  private record Variables(PtxScope scope, String name) {}

  private PtxParser(String text, String entry, List<Problem> problems) {
    this.problems = problems;
    this.wanted = entry;
    this.in = new TokenStream(PtxLexer.tokens(text, problems));
    this.operands = new OperandParser(in);
  }

  /**
   * The entry point of that name.
   *
   * @throws FindingsException with every problem of the text
   */
  public static PtxKernel parse(String text, String entry) {
    List<Problem> problems = new ArrayList<>();
    PtxParser parser = new PtxParser(text, entry, problems);
    parser.module();
    PtxKernel kernel = parser.kernel;
    if (kernel == null && problems.isEmpty()) {
      problems.add(
          Problem.of(
              "DG-EMU-04",
              "no entry point \"%s\"; the module has %s",
              entry,
              parser.entries.stream().map(EntryHead::name).toList()));
    }
    if (kernel == null || !problems.isEmpty()) {
      throw FindingsException.refused(problems);
    }
    return kernel;
  }

  /**
   * The heads of all entry points that have a body, which is skipped.
   *
   * @throws FindingsException with every problem outside of the bodies
   */
  public static List<EntryHead> entries(String text) {
    List<Problem> problems = new ArrayList<>();
    PtxParser parser = new PtxParser(text, NO_ENTRY, problems);
    parser.module();
    if (!problems.isEmpty()) {
      throw FindingsException.refused(problems);
    }
    return List.copyOf(parser.entries);
  }

  private void module() {
    while (in.more()) {
      try {
        moduleStatement();
      } catch (SyntaxException e) {
        problems.add(e.problem());
        in.recover();
      }
    }
  }

  private void moduleStatement() {
    PtxLexer.Token token = in.next();
    switch (token.text()) {
      case ".version", ".address_size", ".file" -> in.skipLine(token.line());
      case ".target" -> in.skipLine(token.line());
      case ".visible", ".weak", ".extern", ".common" -> {}
      case ".entry" -> entry();
      case ".shared" -> sharedVariable(module);
      case ".section" -> {
        in.next();
        in.skipBraces();
      }
      case ";" -> {}
      default ->
          throw new SyntaxException(
              "DG-EMU-02",
              token.line(),
              "directive \"%s\" at module level is not modelled; legal: .version, .target,"
                  + " .address_size, .entry, .shared",
              token.text());
    }
  }

  private void entry() {
    String name = in.next().text();
    PtxScope scope = new PtxScope(module);
    List<PtxScope.Variable> params = new ArrayList<>();
    int paramBytes = in.at("(") ? params(scope, params) : 0;
    int required = 0;
    int max = 0;
    int cluster = 0;
    int ctasPerSm = 1;
    while (!in.at("{")) {
      PtxLexer.Token directive = in.next();
      switch (directive.text()) {
        case ".reqntid" -> required = dims();
        case ".maxntid" -> max = dims();
        case ".reqnctapercluster" -> cluster = dims();
        case ".minnctapersm" -> ctasPerSm = Math.max(1, dims());
        case ".maxclusterrank", ".maxnreg", ".maxnctapersm" -> dims();
        case ".explicitcluster", ".noreturn" -> {}
        case ".pragma" -> in.expect(";");
        case ";" -> {
          return; // a declaration without a body
        }
        default ->
            throw new SyntaxException(
                "DG-EMU-02",
                directive.line(),
                "directive \"%s\" of an entry is not modelled",
                directive.text());
      }
    }
    EntryHead head = new EntryHead(name, params, new LaunchBounds(required, max, cluster));
    entries.add(head);
    if (!name.equals(wanted)) {
      in.skipBraces();
      return;
    }
    List<PtxInstruction> body = new ArrayList<>();
    block(scope, body);
    int dynamic = align(staticShared, dynamicAlign);
    Variables extern = pendingExtern;
    if (extern != null) {
      extern
          .scope()
          .declare(new PtxScope.Variable(PtxScope.Space.SHARED, extern.name(), 0, dynamic));
    }
    kernel =
        new PtxKernel(
            head,
            paramBytes,
            ctasPerSm,
            List.copyOf(registers),
            staticShared - SharedMemory.START,
            dynamic,
            List.copyOf(body));
  }

  private int params(PtxScope scope, List<PtxScope.Variable> params) {
    in.expect("(");
    int offset = 0;
    while (!in.accept(")")) {
      PtxLexer.Token first = in.next();
      if (!first.is(".param")) {
        throw new SyntaxException(
            "DG-EMU-01", first.line(), "expected .param, got %s", first.text());
      }
      Declaration declaration = declaration(true);
      offset = align(offset, declaration.align);
      PtxScope.Variable param =
          new PtxScope.Variable(
              PtxScope.Space.PARAM, declaration.name, declaration.bytes(), offset);
      scope.declare(param);
      params.add(param);
      offset = Math.toIntExact(offset + declaration.bytes());
      in.accept(",");
    }
    return offset;
  }

  /** A list of up to three extents, as their product. */
  private int dims() {
    int product = in.integer();
    while (in.accept(",")) {
      product *= in.integer();
    }
    return product;
  }

  private void block(PtxScope scope, List<PtxInstruction> body) {
    in.expect("{");
    while (!in.accept("}")) {
      if (!in.more()) {
        problems.add(Problem.of("DG-EMU-01", "the body of %s is not closed", wanted));
        return;
      }
      try {
        statement(scope, body);
      } catch (SyntaxException e) {
        problems.add(e.problem());
        in.recover();
      }
    }
  }

  private void statement(PtxScope scope, List<PtxInstruction> body) {
    if (in.at("{")) {
      block(new PtxScope(scope), body);
      return;
    }
    PtxLexer.Token token = in.next();
    String text = token.text();
    if (text.startsWith(".")) {
      directive(scope, token);
    } else if (token.is(";")) {
      return;
    } else if (in.at(":")) {
      in.next();
      if (!scope.label(text, body.size())) {
        throw new SyntaxException("DG-EMU-04", token.line(), "label %s is there already", text);
      }
    } else {
      instruction(scope, token, body);
    }
  }

  private void directive(PtxScope scope, PtxLexer.Token token) {
    switch (token.text()) {
      case ".reg" -> registerDeclaration(scope);
      case ".shared" -> sharedVariable(scope);
      case ".extern" -> {
        in.expect(".shared");
        sharedVariable(scope);
      }
      case ".loc" -> in.skipLine(token.line());
      case ".pragma" -> in.expect(";");
      default ->
          throw new SyntaxException(
              "DG-EMU-02",
              token.line(),
              "directive \"%s\" is not modelled; legal in a body: .reg, .shared, .loc, .pragma",
              token.text());
    }
  }

  private void registerDeclaration(PtxScope scope) {
    PtxLexer.Token typeToken = in.next();
    PtxType type =
        typeToken.text().startsWith(".") ? PtxType.of(typeToken.text().substring(1)) : null;
    if (type == null) {
      throw new SyntaxException(
          "DG-EMU-02", typeToken.line(), "register type %s is not modelled", typeToken.text());
    }
    do {
      PtxLexer.Token name = in.next();
      if (in.accept("<")) {
        int count = in.integer();
        in.expect(">");
        for (int i = 0; i < count; i++) {
          register(scope, type, name.text() + i, name.line());
        }
      } else {
        register(scope, type, name.text(), name.line());
      }
    } while (in.accept(","));
    in.expect(";");
  }

  private void register(PtxScope scope, PtxType type, String name, int line) {
    PtxScope.Register register = new PtxScope.Register(registers.size(), type, name);
    if (!scope.declare(register)) {
      throw new SyntaxException("DG-EMU-04", line, "register %s is there already", name);
    }
    registers.add(register);
  }

  private void sharedVariable(PtxScope scope) {
    Declaration declaration = declaration(false);
    in.expect(";");
    if (declaration.unsized) {
      dynamicAlign = Math.max(dynamicAlign, declaration.align);
      pendingExtern = new Variables(scope, declaration.name);
      return;
    }
    staticShared = align(staticShared, declaration.align);
    scope.declare(
        new PtxScope.Variable(
            PtxScope.Space.SHARED, declaration.name, declaration.bytes(), staticShared));
    staticShared = Math.toIntExact(staticShared + declaration.bytes());
  }

  /** {@code .align 64 .b8 name[128]}. */
  private static final class Declaration {
    int align = 1;
    long elements = 1;
    int elementBytes = 1;
    boolean unsized;
    String name = "";

    long bytes() {
      return elements * elementBytes;
    }
  }

  private Declaration declaration(boolean param) {
    Declaration found = new Declaration();
    int align = 0;
    while (in.peek().text().startsWith(".")) {
      PtxLexer.Token token = in.next();
      PtxType type = PtxType.of(token.text().substring(1));
      if (token.is(".align")) {
        align = in.integer();
      } else if (type != null && type != PtxType.PRED) {
        found.elementBytes = type.bytes();
      } else if (param && (token.is(".ptr") || token.is(".global") || token.is(".const"))) {
        continue; // says where a pointer points to; nothing depends on it
      } else {
        throw new SyntaxException(
            "DG-EMU-02", token.line(), "%s of a variable is not modelled", token.text());
      }
    }
    found.align = Math.max(align, found.elementBytes);
    found.name = in.next().text();
    if (in.accept("[")) {
      found.unsized = in.at("]");
      found.elements = found.unsized ? 0 : in.integer();
      in.expect("]");
    }
    return found;
  }

  private void instruction(PtxScope scope, PtxLexer.Token first, List<PtxInstruction> body) {
    PtxLexer.Token token = first;
    String guard = null;
    boolean negated = false;
    if (token.is("@")) {
      negated = in.accept("!");
      guard = in.next().text();
      token = in.next();
    }
    if (!token.isWord()) {
      throw new SyntaxException(
          "DG-EMU-01", token.line(), "expected an instruction, got \"%s\"", token.text());
    }
    List<String> parts = List.of(token.text().split("\\."));
    List<PtxOperand> found = operands.list();
    in.expect(";");
    body.add(
        new PtxInstruction(
            token.line(),
            guard,
            negated,
            parts.get(0),
            parts.subList(1, parts.size()),
            found,
            scope));
  }

  private static int align(int x, int a) {
    return (x + a - 1) / a * a;
  }
}
