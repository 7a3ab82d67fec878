package dev.deepgemm.measure.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With shell scripts for peers. */
class PeerProcessTest {
  private static final BenchCase FP8 = new BenchCase(BenchKind.FP8, new BenchShape(64, 128, 256));
  private static final String SAME_JOB = "cublaslt_fp8_block_scaled";
  private static final String LESS_WORK = "cublaslt_fp8_per_tensor";

  @TempDir Path folder;

  private PeerProcess start(String... lines) throws IOException {
    Path script = folder.resolve("peer.sh");
    Files.writeString(script, String.join("\n", lines) + "\n");
    return PeerProcess.start("sh " + script, Duration.ofSeconds(20));
  }

  @Test
  void answers_areTakenPeerByPeer() throws IOException {
    Path asked = folder.resolve("asked");
    try (PeerProcess peer =
        start(
            "echo '{\"peer\": \"a shell\"}'",
            "while read ask; do",
            "  echo \"$ask\" >> " + asked,
            "  echo 'chatter that is no answer'",
            "  echo '{\"results\": {\""
                + SAME_JOB
                + "\": {\"micros\": [2.5, 3]},"
                + " \""
                + LESS_WORK
                + "\": {\"error\": \"too ragged\"}}}'",
            "done")) {
      for (int round = 0; round < 2; round++) {
        Map<String, PeerProcess.Answer> answers = peer.time(FP8, 8, 16, 2);
        assertArrayEquals(new double[] {2.5, 3}, answers.get(SAME_JOB).micros());
        assertEquals(0, answers.get(LESS_WORK).micros().length);
        assertEquals("too ragged", answers.get(LESS_WORK).note());
      }
      assertEquals("a shell", peer.about().get("peer").asText());
    }
    assertEquals(
        "{\"dtype\":\"fp8\",\"m\":64,\"n\":128,\"k\":256,\"sets\":8,\"launches\":16,\"replays\":2}",
        Files.readAllLines(asked).get(0));
  }

  @Test
  void peerThatEnds_hasNoTimes_andSaysWhy() throws IOException {
    try (PeerProcess peer = start("echo '{\"peer\": \"short\"}'", "read ask", "exit 1")) {
      for (int round = 0; round < 2; round++) {
        PeerProcess.Answer answer = peer.time(FP8, 1, 1, 1).get(SAME_JOB);
        assertEquals(0, answer.micros().length);
        assertNotNull(answer.note());
      }
    }
  }

  @Test
  void peerThatCannotBeStarted_hasNoTimes() {
    try (PeerProcess peer = PeerProcess.start("/no/such/program", Duration.ofSeconds(20))) {
      assertEquals(0, peer.time(FP8, 1, 1, 1).get(SAME_JOB).micros().length);
    }
  }

  @Test
  void peerThatHangs_isLeftAlone() throws IOException {
    Path script = folder.resolve("hang.sh");
    Files.writeString(script, "echo '{}'\nread ask\nexec sleep 60\n");
    long start = System.nanoTime();
    try (PeerProcess peer = PeerProcess.start("sh " + script, Duration.ofMillis(1500))) {
      PeerProcess.Answer answer = peer.time(FP8, 1, 1, 1).get(SAME_JOB);
      assertTrue(answer.note().contains("no answer"), answer.note());
    }
    assertTrue(System.nanoTime() - start < 30e9);
  }

  @Test
  void errorOfAWholeAnswer_isEveryPeers() throws IOException {
    try (PeerProcess peer =
        start("echo '{}'", "read ask", "echo '{\"results\": {}, \"error\": \"out of memory\"}'")) {
      assertEquals("out of memory", peer.time(FP8, 1, 1, 1).get(LESS_WORK).note());
    }
  }
}
