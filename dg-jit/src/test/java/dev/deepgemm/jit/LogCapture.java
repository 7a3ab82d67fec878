package dev.deepgemm.jit;

import java.text.MessageFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What a class logs, at warning level and above unless told otherwise, and nothing of it on the console meanwhile. */
final class LogCapture extends Handler implements AutoCloseable {
  private final Logger logger;
  private final List<String> messages = new CopyOnWriteArrayList<>();

  private final Level lowest;

  private LogCapture(Logger logger, Level lowest) {
    this.logger = logger;
    this.lowest = lowest;
  }

  static LogCapture of(Class<?> type) {
    return of(type, Level.WARNING);
  }

  static LogCapture of(Class<?> type, Level lowest) {
    LogCapture capture = new LogCapture(Logger.getLogger(type.getName()), lowest);
    capture.logger.setUseParentHandlers(false);
    capture.logger.addHandler(capture);
    return capture;
  }

  List<String> messages() {
    return messages;
  }

  @Override
  public void publish(LogRecord line) {
    if (line.getLevel().intValue() >= lowest.intValue()) {
      Object[] parameters = line.getParameters();
      messages.add(
          parameters == null || parameters.length == 0
              ? line.getMessage()
              : MessageFormat.format(line.getMessage(), parameters));
    }
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    logger.removeHandler(this);
    logger.setUseParentHandlers(true);
  }
}
