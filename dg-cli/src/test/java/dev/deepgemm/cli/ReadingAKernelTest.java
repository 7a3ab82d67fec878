package dev.deepgemm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Options;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.ArchSpecs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The PTX in docs/reading-a-kernel.md is what the emitter writes. */
class ReadingAKernelTest {
  private static final Path PAGE = Path.of("../docs/reading-a-kernel.md");
  private static final Pattern BLOCK = Pattern.compile("```ptx\n(.*?)```", Pattern.DOTALL);

  private static String kernel() {
    ArchSpec sm90 = ArchSpecs.load().get("sm90");
    ConfigSelector classic =
        ConfigSelector.create(Options.of(Map.of(), Map.of("DG_HEURISTICS", "classic")));
    GemmDesc desc = GemmDesc.bf16(4096, 4096, 4096, DataType.BF16);
    return sm90.kernels().orElseThrow().emit(classic.select(sm90, desc).kernel()).text();
  }

  @Test
  void blocks_areCutOutOfTheKernel() throws IOException {
    String text = kernel();
    List<String> blocks =
        BLOCK.matcher(Files.readString(PAGE)).results().map((MatchResult m) -> m.group(1)).toList();
    assertEquals(6, blocks.size());
    for (String block : blocks) {
      assertTrue(text.contains(block), () -> "not in the kernel:\n" + block);
    }
  }

  @Test
  void sections_areThoseOfTheKernel() throws IOException {
    String text = kernel();
    List<String> sections =
        Files.readAllLines(PAGE).stream()
            .map(String::strip)
            .filter(line -> line.startsWith("// -----"))
            .toList();
    assertEquals(5, sections.size());
    sections.forEach(section -> assertTrue(text.contains(section), section));
  }
}
