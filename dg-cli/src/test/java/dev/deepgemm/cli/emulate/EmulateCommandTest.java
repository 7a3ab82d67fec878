package dev.deepgemm.cli.emulate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.deepgemm.cli.CommandRun;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code dg emulate} as a user calls it. */
class EmulateCommandTest {
  private static final String HEAD = ".version 8.0\n.target sm_90a\n.address_size 64\n";

  /** sum[i] = scale * x[i] + y[i] for i below n. */
  private static final String ADD =
      HEAD
          + """
          .visible .entry add(
            .param .u64 x, .param .u64 y, .param .u64 sum, .param .f32 scale, .param .u32 n
          )
          .maxntid 64, 1, 1
          {
            .reg .pred %p<2>;
            .reg .b32 %r<8>;
            .reg .b64 %rd<8>;
            .reg .f32 %f<4>;
            ld.param.u64 %rd0, [x];
            ld.param.u64 %rd1, [y];
            ld.param.u64 %rd2, [sum];
            ld.param.f32 %f3, [scale];
            ld.param.u32 %r3, [n];
            mov.u32 %r0, %ctaid.x;
            mov.u32 %r1, %ntid.x;
            mov.u32 %r2, %tid.x;
            mad.lo.u32 %r4, %r0, %r1, %r2;
            setp.ge.u32 %p0, %r4, %r3;
            @%p0 bra DONE;
            mad.wide.u32 %rd3, %r4, 4, %rd0;
            mad.wide.u32 %rd4, %r4, 4, %rd1;
            mad.wide.u32 %rd5, %r4, 4, %rd2;
            ld.global.f32 %f0, [%rd3];
            ld.global.f32 %f1, [%rd4];
            fma.rn.f32 %f2, %f0, %f3, %f1;
            st.global.f32 [%rd5], %f2;
            DONE:
            ret;
          }
          """;

  /** Two warps exchange words through shared memory; without BARRIER that is a race. */
  private static final String EXCHANGE =
      HEAD
          + """
          .visible .entry exchange(.param .u64 out)
          .reqntid 64, 1, 1
          {
            .reg .b32 %r<8>;
            .reg .b64 %rd<4>;
            .shared .align 16 .b8 words[256];
            ld.param.u64 %rd0, [out];
            mov.u32 %r0, %tid.x;
            mov.u32 %r1, words;
            shl.b32 %r2, %r0, 2;
            add.u32 %r3, %r1, %r2;
            mov.u32 %r7, 0;
            st.shared.u32 [%r3], %r7;
            bar.sync 0;
            st.shared.u32 [%r3], %r0;
            BARRIER
            xor.b32 %r4, %r2, 128;
            add.u32 %r5, %r1, %r4;
            ld.shared.u32 %r6, [%r5];
            mad.wide.u32 %rd1, %r0, 4, %rd0;
            st.global.u32 [%rd1], %r6;
            ret;
          }
          """;

  /** Loads a box through a tensor map, and waits for the phase with parity PHASE. */
  private static final String LOAD =
      HEAD
          + """
          .visible .entry load(.param .align 64 .b8 map[128], .param .u64 out)
          .reqntid 32, 1, 1
          {
            .reg .pred %p<4>;
            .reg .b32 %r<8>;
            .reg .b64 %rd<4>;
            .shared .align 1024 .b8 tile[128];
            .shared .align 8 .b8 bar[8];
            ld.param.u64 %rd0, [out];
            mov.b64 %rd1, map;
            cvta.param.u64 %rd1, %rd1;
            mov.u32 %r0, %tid.x;
            mov.u32 %r1, tile;
            mov.u32 %r2, bar;
            setp.eq.u32 %p0, %r0, 0;
            @%p0 mbarrier.init.shared::cta.b64 [%r2], 1;
            fence.mbarrier_init.release.cluster;
            bar.sync 0;
            @%p0 mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r2], 128;
            @%p0 cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%r1], [%rd1, {8, 1}], [%r2];
            WAIT:
            mbarrier.try_wait.parity.shared::cta.b64 %p1, [%r2], PHASE;
            @!%p1 bra WAIT;
            shl.b32 %r3, %r0, 2;
            add.u32 %r4, %r1, %r3;
            ld.shared.u32 %r5, [%r4];
            mad.wide.u32 %rd2, %r0, 4, %rd0;
            st.global.u32 [%rd2], %r5;
            ret;
          }
          """;

  private static final List<String> JSON_FIELDS =
      List.of(
          "outcome",
          "file",
          "kernel",
          "grid",
          "threads",
          "cluster",
          "smem_bytes",
          "seed",
          "instructions",
          "wgmmas",
          "copies",
          "copied_bytes",
          "elapsed_ms",
          "findings",
          "warnings",
          "outputs");

  @TempDir Path folder;

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  private String ptx(String text) throws IOException {
    return Files.writeString(folder.resolve("kernel.ptx"), text).toString();
  }

  private static CommandRun emulate(String ptx, String... options) {
    List<String> line = new ArrayList<>(List.of("emulate", ptx));
    line.addAll(List.of(options));
    return CommandRun.of(line.toArray(new String[0]));
  }

  private static byte[] floats(int count, float first) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      bytes.putFloat(first + i);
    }
    return bytes.array();
  }

  private static void assertFiles(Path folder, String... names) throws IOException {
    try (Stream<Path> found = Files.list(folder)) {
      assertEquals(
          Stream.of(names).sorted().toList(),
          found.map(path -> path.getFileName().toString()).sorted().toList());
    }
  }

  @Test
  void vectorAdd_readsFilesAndWritesTheSum() throws IOException {
    Files.write(folder.resolve("x.bin"), floats(100, 1));
    Files.write(folder.resolve("y.bin"), floats(100, 1000));
    CommandRun run =
        emulate(
            ptx(ADD),
            "--grid=2",
            "--seed=7",
            "--arg=buf:" + file("x.bin"),
            "--arg=buf:" + file("y.bin"),
            "--arg=poison:400=" + file("sum.bin"),
            "--arg=f32:1.5",
            "--arg=u32:100");
    assertEquals(0, run.code(), run::toString);
    ByteBuffer sum =
        ByteBuffer.wrap(Files.readAllBytes(folder.resolve("sum.bin")))
            .order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(400, sum.remaining());
    for (int i = 0; i < 100; i++) {
      assertEquals(1.5f * (1 + i) + 1000 + i, sum.getFloat(4 * i), "element " + i);
    }
    for (String expected :
        List.of(
            "add of ",
            "2 CTAs of 64 threads, clusters of 1",
            "seed 7",
            "sum.bin, 400 bytes\n",
            "Warnings      none",
            "Time")) {
      assertTrue(run.out().contains(expected), run::toString);
    }
    assertTrue(run.out().matches("(?s).*Instructions  [1-9]\\d* of warps.*"), run::toString);
    assertFiles(folder, "kernel.ptx", "x.bin", "y.bin", "sum.bin");
  }

  @Test
  void output_notWrittenWholly_isCounted() throws IOException {
    CommandRun run =
        emulate(
            ptx(ADD),
            "--grid=1",
            "--arg=zeros:400",
            "--arg=zeros:400",
            "--arg=poison:400=" + file("sum.bin"),
            "--arg=f32:0x1p0",
            "--arg=u32:0x19");
    assertEquals(0, run.code(), run::toString);
    assertTrue(run.out().contains("400 bytes, 300 of them (0xa5) never written"), run::toString);
    byte[] sum = Files.readAllBytes(folder.resolve("sum.bin"));
    assertEquals(0, sum[99]);
    assertEquals((byte) 0xa5, sum[100]);
  }

  @Test
  void inout_isReadAndWrittenInPlace() throws IOException {
    Path x = Files.write(folder.resolve("x.bin"), floats(64, 3));
    CommandRun run =
        emulate(
            ptx(ADD),
            "--grid=1",
            "--buffer=x=inout:" + x + "=" + x,
            "--arg=ptr:x",
            "--arg=ptr:x",
            "--arg=ptr:x",
            "--arg=f32:-2",
            "--arg=u32:64");
    assertEquals(0, run.code(), run::toString);
    ByteBuffer after = ByteBuffer.wrap(Files.readAllBytes(x)).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 64; i++) {
      assertEquals(-3f - i, after.getFloat(4 * i));
    }
  }

  @Test
  void race_isAFaultUnderEverySeedAndWritesNothing() throws IOException {
    Path out = Files.writeString(folder.resolve("out.bin"), "as it was");
    String file = ptx(EXCHANGE.replace("BARRIER", ""));
    for (int seed = 0; seed < 5; seed++) {
      CommandRun run = emulate(file, "--grid=1", "--seed=" + seed, "--arg=poison:256=" + out);
      assertEquals(1, run.code(), run::toString);
      assertEquals("", run.out());
      assertTrue(run.err().startsWith("dg: DG-EMU-22: CTA 0 warp "), run::toString);
      assertTrue(run.err().contains("PTX line 24, st.global.u32"), run::toString);
      assertTrue(
          run.err()
              .contains(
                  "another warp wrote, with no barrier between its write and the read at line 22"),
          run::toString);
      assertTrue(run.err().contains("seed " + seed), run::toString);
    }
    assertEquals("as it was", Files.readString(out));
    assertFiles(folder, "kernel.ptx", "out.bin");
  }

  @Test
  void race_withABarrier_isNone() throws IOException {
    CommandRun run =
        emulate(
            ptx(EXCHANGE.replace("BARRIER", "bar.sync 0;")),
            "--grid=1",
            "--arg=poison:256=" + file("out.bin"));
    assertEquals(0, run.code(), run::toString);
    byte[] out = Files.readAllBytes(folder.resolve("out.bin"));
    for (int i = 0; i < 64; i++) {
      assertEquals(i ^ 32, out[4 * i]);
    }
  }

  @Test
  void deadlock_saysWhoWaitsForWhat() throws IOException {
    String tooMany = LOAD.replace("_, [%r2], 128", "_, [%r2], 192").replace("PHASE", "0");
    CommandRun run =
        emulate(
            ptx(tooMany),
            "--grid=1",
            "--buffer=b=zeros:1024",
            "--arg=map:u8,buffer=b,dims=64x16,box=32x4",
            "--arg=poison:128=" + file("tile.bin"));
    assertEquals(1, run.code(), run::toString);
    assertTrue(run.err().startsWith("dg: DG-EMU-10: "), run::toString);
    assertTrue(run.err().contains("CTA 0 warp 0 "), run::toString);
    assertTrue(run.err().contains("64 bytes outstanding"), run::toString);
    assertFiles(folder, "kernel.ptx");
  }

  private static JsonNode json(CommandRun run) throws IOException {
    JsonNode json = new ObjectMapper().readTree(run.out());
    assertEquals(JSON_FIELDS, names(json), run::toString);
    return json;
  }

  private static List<String> names(JsonNode json) {
    List<String> names = new ArrayList<>();
    json.fieldNames().forEachRemaining(names::add);
    return names;
  }

  @Test
  void json_ofARunThatEnded_hasCountsAndOutputs() throws IOException {
    CommandRun run =
        emulate(
            ptx(ADD),
            "--json",
            "--grid=1",
            "--seed=7",
            "--arg=zeros:400",
            "--arg=zeros:400",
            "--arg=poison:400=" + file("sum.bin"),
            "--arg=f32:1",
            "--arg=u32:25");
    assertEquals(0, run.code(), run::toString);
    assertEquals("", run.err());
    JsonNode json = json(run);
    assertEquals("ended", json.get("outcome").asText());
    assertEquals("add", json.get("kernel").asText());
    assertEquals(64, json.get("threads").asInt());
    assertEquals(7, json.get("seed").asLong());
    assertTrue(json.get("instructions").asLong() > 20, run::toString);
    assertEquals(0, json.get("copies").asLong());
    assertEquals(0, json.get("findings").size());
    assertEquals(file("sum.bin"), json.at("/outputs/0/file").asText());
    assertEquals(300, json.at("/outputs/0/never_written").asInt());
    assertEquals(400, Files.size(folder.resolve("sum.bin")));
  }

  @Test
  void json_ofAFault_hasItsIdAndSeed() throws IOException {
    CommandRun run =
        emulate(
            ptx(EXCHANGE.replace("BARRIER", "")),
            "--json",
            "--grid=1",
            "--seed=3",
            "--arg=poison:256=" + file("out.bin"));
    assertEquals(1, run.code(), run::toString);
    assertTrue(run.err().startsWith("dg: DG-EMU-22: "), run::toString);
    JsonNode json = json(run);
    assertEquals("fault", json.get("outcome").asText());
    assertEquals(3, json.get("seed").asLong());
    assertEquals(1, json.get("grid").asInt());
    assertTrue(json.get("instructions").isNull(), run::toString);
    assertEquals(1, json.get("findings").size());
    assertEquals("DG-EMU-22", json.at("/findings/0/id").asText());
    assertTrue(json.at("/findings/0/message").asText().contains("PTX line 24"), run::toString);
    assertEquals(0, json.get("outputs").size());
    assertFiles(folder, "kernel.ptx");
  }

  @Test
  void json_ofWhatNeverRan_hasAllProblems() throws IOException {
    CommandRun run = emulate(ptx(ADD), "--json", "--smem=-1");
    assertEquals(2, run.code(), run::toString);
    JsonNode json = json(run);
    assertEquals("refused", json.get("outcome").asText());
    assertTrue(json.get("kernel").isNull() && json.get("grid").isNull(), run::toString);
    assertEquals(
        List.of("DG-CLI-32", "DG-CLI-32", "DG-CLI-36"),
        json.get("findings").findValuesAsText("id"),
        run::toString);
    assertEquals(3, run.err().lines().count(), run::toString);
    String text = ADD.replace("fma.rn.f32", "fma.rn.f19");
    JsonNode unknown = json(emulate(ptx(text), "--json", "--grid=1"));
    assertEquals("refused", unknown.get("outcome").asText());
    assertTrue(unknown.at("/findings/0/id").asText().startsWith("DG-"), unknown.toString());
  }

  @Test
  void tensorMap_refersToABuffer() throws IOException {
    byte[] data = new byte[64 * 16];
    new Random(5).nextBytes(data);
    Files.write(folder.resolve("b.bin"), data);
    CommandRun run =
        emulate(
            ptx(LOAD.replace("PHASE", "0")),
            "--grid=1",
            "--buffer=b=buf:" + file("b.bin"),
            "--arg=map:bf16,buffer=b,dims=32x16,strides=64,box=16x4,swizzle=32",
            "--arg=poison:128=" + file("tile.bin"));
    assertEquals(0, run.code(), run::toString);
    assertTrue(run.out().contains("Copies        1, 128 bytes"), run::toString);
    byte[] expected = new byte[128];
    for (int row = 0; row < 4; row++) { // 32 bytes of columns 8 to 23; rows 0 to 3 are not permuted
      System.arraycopy(data, (1 + row) * 64 + 16, expected, row * 32, 32);
    }
    assertArrayEquals(expected, Files.readAllBytes(folder.resolve("tile.bin")));
  }

  @Test
  void arguments_thatAreWrong_areAllToldAtOnce() throws IOException {
    CommandRun run =
        emulate(
            ptx(ADD),
            "--smem=-1",
            "--workers=0",
            "--threads=96",
            "--buffer=zeros:16",
            "--buffer=a=u32:5",
            "--buffer=b=zeros:64",
            "--buffer=b=zeros:64",
            "--arg=nonsense",
            "--arg=buf:" + file("missing.bin"),
            "--arg=inout:" + file("missing.bin"),
            "--arg=zeros:64=" + file("no/folder/out.bin"),
            "--arg=zeros:0",
            "--arg=zeros:many",
            "--arg=u32:4294967296",
            "--arg=s32:1.5",
            "--arg=f32:1e50",
            "--arg=ptr:c",
            "--arg=u128:1",
            "--arg=poison:64=" + file("same.bin"),
            "--arg=poison:64=" + file("./same.bin"),
            "--arg=map:bf17,buffer=c,dims=64xfour,swizzle=3,colour=red,dims=1",
            "--arg=map:bf16,buffer=b,dims=64,box=7",
            "--arg=map:bf16,buffer=b,dims=64,box=8");
    assertEquals(2, run.code(), run::toString);
    assertEquals("", run.out());
    for (String expected :
        List.of(
            "DG-CLI-32: --smem is -1",
            "DG-CLI-32: --workers is 0",
            "DG-CLI-32: --grid is missing",
            "DG-EMU-05: 96 threads per CTA; the kernel's .maxntid is 64",
            "DG-CLI-38: --buffer zeros:16 has no name",
            "DG-CLI-33: --buffer a=u32:5 is no buffer",
            "DG-CLI-38: --buffer b=zeros:64: there is a buffer b already",
            "DG-CLI-33: --arg nonsense is no argument",
            "DG-CLI-35: --arg buf:" + file("missing.bin"),
            "names no file to write",
            "DG-CLI-24: " + file("no/folder/out.bin"),
            "DG-CLI-35: --arg zeros:0: 0 bytes",
            "DG-CLI-34: --arg zeros:many",
            "DG-CLI-34: --arg u32:4294967296: legal are whole numbers from 0 to 4294967295",
            "DG-CLI-34: --arg s32:1.5: legal are whole numbers from -2147483648 to 2147483647",
            "DG-CLI-34: --arg f32:1e50: legal are finite numbers of binary32",
            "DG-CLI-38: --arg ptr:c: there is no such buffer; legal: b",
            "DG-CLI-33: --arg u128:1: there is no kind u128",
            "DG-CLI-39: --arg poison:64=" + file("./same.bin"),
            "\"bf17\" is no element type",
            "there is no buffer \"c\"; legal: b.",
            "dims is \"64xfour\"",
            "box is missing",
            "swizzle is \"3\"",
            "\"colour=red\" is no part of a tensor map",
            "dims is there twice",
            "DG-TMA-06: --arg map:bf16,buffer=b,dims=64,box=7",
            "the tensor ends at byte 128 of buffer b, which has 64",
            "DG-CLI-36: 16 --arg for the 5 parameters of add (x, 8 bytes;")) {
      assertTrue(run.err().contains(expected), () -> expected + " in\n" + run.err());
    }
    assertFiles(folder, "kernel.ptx");
  }

  @Test
  void argument_ofAnotherSize_isCompared() throws IOException {
    CommandRun run =
        emulate(
            ptx(ADD),
            "--grid=1",
            "--arg=u32:1",
            "--arg=zeros:64",
            "--arg=zeros:64",
            "--arg=f64:1",
            "--arg=u32:1");
    assertEquals(2, run.code(), run::toString);
    assertTrue(
        run.err().contains("DG-CLI-36: --arg u32:1 has 4 bytes, and parameter x has 8; legal: u64"),
        run::toString);
    assertTrue(
        run.err().contains("--arg f64:1 has 8 bytes, and parameter scale has 4"), run::toString);
    assertEquals(2, run.err().lines().count(), run::toString);
  }

  @ParameterizedTest
  @CsvSource({"s32, -7", "u32, 4294967289", "u32, 0xfffffff9"})
  void scalar_ofFourBytes_arrivesBitByBit(String kind, String value) throws IOException {
    assertEquals(-7, stored("u32", "b32", kind + ":" + value, 4).getInt());
  }

  @ParameterizedTest
  @CsvSource({"s64, -7", "u64, 18446744073709551609", "u64, 0xfffffffffffffff9"})
  void scalar_ofEightBytes_arrivesBitByBit(String kind, String value) throws IOException {
    assertEquals(-7, stored("u64", "b64", kind + ":" + value, 8).getLong());
  }

  @Test
  void scalar_thatIsReal_arrivesBitByBit() throws IOException {
    assertEquals(0.1f, stored("f32", "b32", "f32:0.1", 4).getFloat());
    assertEquals(0.1, stored("f64", "b64", "f64:0.1", 8).getDouble());
    assertEquals(Float.NEGATIVE_INFINITY, stored("f32", "b32", "f32:-inf", 4).getFloat());
    assertTrue(Double.isNaN(stored("f64", "b64", "f64:nan", 8).getDouble()));
  }

  /** What a kernel stores that stores its second parameter. */
  private ByteBuffer stored(String type, String bits, String argument, int bytes)
      throws IOException {
    String text =
        HEAD
            + """
            .visible .entry store(.param .u64 out, .param .TYPE value)
            {
              .reg .b64 %rd0;
              .reg .BITS %v;
              ld.param.u64 %rd0, [out];
              ld.param.BITS %v, [value];
              st.global.BITS [%rd0], %v;
              ret;
            }
            """
                .replace("TYPE", type)
                .replace("BITS", bits);
    CommandRun run =
        emulate(
            ptx(text),
            "--grid=1",
            "--threads=32",
            "--arg=poison:8=" + file("out.bin"),
            "--arg=" + argument);
    assertEquals(0, run.code(), run::toString);
    return ByteBuffer.wrap(Files.readAllBytes(folder.resolve("out.bin")), 0, bytes)
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  @Test
  void entry_ofSeveral_mustBeNamed() throws IOException {
    String file =
        ptx(HEAD + ".entry one() .reqntid 32 { ret; }\n.entry two() .reqntid 32 { trap; }\n\0");
    CommandRun none = emulate(file, "--grid=1");
    assertEquals(2, none.code(), none::toString);
    assertTrue(none.err().contains("DG-CLI-31: --entry is missing"), none::toString);
    assertTrue(none.err().contains("has one, two"), none::toString);
    CommandRun three = emulate(file, "--grid=1", "--entry=three");
    assertTrue(three.err().contains("DG-CLI-31: there is no entry point three"), three::toString);
    assertEquals(0, emulate(file, "--grid=1", "--entry=one").code());
    CommandRun two = emulate(file, "--grid=1", "--entry=two");
    assertEquals(1, two.code(), two::toString);
    assertTrue(two.err().contains("DG-EMU-13"), two::toString);
  }

  @Test
  void text_thatIsNotModelled_isTheCallersToMend() throws IOException {
    CommandRun run =
        emulate(
            ptx(HEAD + ".entry k()\n{\n  frobnicate.b32 %r1;\n  bra NOWHERE;\n}"),
            "--grid=1",
            "--threads=32");
    assertEquals(2, run.code(), run::toString);
    assertTrue(run.err().contains("dg: DG-EMU-02: line 6: frobnicate"), run::toString);
    assertTrue(run.err().contains("dg: DG-EMU-04: line 7"), run::toString);
  }

  @ParameterizedTest
  @ValueSource(strings = {"kernel.cubin", "nothing.ptx", "."})
  void file_thatIsNoText_isNamed(String name) throws IOException {
    Files.write(folder.resolve("kernel.cubin"), new byte[] {0x7f, 'E', 'L', 'F', (byte) 0xff});
    CommandRun run = emulate(file(name), "--grid=0", "--arg=oops");
    assertEquals(2, run.code(), run::toString);
    assertTrue(run.err().contains("DG-CLI-30: " + file(name)), run::toString);
    assertTrue(run.err().contains("DG-CLI-33: --arg oops"), run::toString);
    assertFalse(run.err().contains("\tat "), run::toString);
  }

  @Test
  void threads_withoutADirective_areAsked() throws IOException {
    CommandRun run = emulate(ptx(HEAD + ".entry k() { ret; }"), "--grid=1");
    assertEquals(2, run.code(), run::toString);
    assertTrue(run.err().contains("DG-CLI-32: --threads is missing"), run::toString);
  }

  @Test
  void cluster_isWhatTheKernelSays() throws IOException {
    String file =
        ptx(HEAD + ".entry k() .reqntid 32 .explicitcluster .reqnctapercluster 2 { ret; }");
    CommandRun run = emulate(file, "--grid=4");
    assertEquals(0, run.code(), run::toString);
    assertTrue(run.out().contains("4 CTAs of 32 threads, clusters of 2"), run::toString);
    CommandRun odd = emulate(file, "--grid=3");
    assertEquals(2, odd.code(), odd::toString);
    assertTrue(odd.err().contains("DG-EMU-05: a grid of 3 CTAs in clusters of 2"), odd::toString);
  }
}
