package org.openautoglm.operators.inference.tokenization;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalInt;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.sharing.NativeCleaner;
import org.openautoglm.operators.inference.sharing.SharedPool;
import org.openautoglm.operators.inference.sharing.SharedPool.Share;

/**
 * From text to token ids and back, and back to a length where they are too many. Native memory is
 * shared by all who open the same file. Thread-safe.
 */
public final class Tokenizer implements AutoCloseable {
  private static final SharedPool<Path, NativeTokenizer> LOADED = new SharedPool<>();

  private final Share<NativeTokenizer> share;
  private final int specialTokensBefore;
  private final int specialTokensAfter;

  private Tokenizer(Share<NativeTokenizer> share) {
    this.share = share;
    int[] bare = share.value().encode("a", false);
    int[] dressed = share.value().encode("a", true);
    this.specialTokensBefore = Math.max(0, indexOf(bare, dressed));
    this.specialTokensAfter = dressed.length - bare.length - specialTokensBefore;
  }

  /**
   * Opens a {@code tokenizer.json}.
   *
   * @throws ModelLoadException when the file cannot be read or is no tokenizer
   */
  public static Tokenizer open(Path file) throws ModelLoadException {
    NativeCleaner.start();
    Path key = file.toAbsolutePath().normalize();
    return new Tokenizer(LOADED.acquire(key, () -> NativeTokenizer.load(key)));
  }

  /** Tokenizers in native memory at this moment. */
  public static int loaded() {
    return LOADED.size();
  }

  /** The tokens of a text. Half a surrogate pair counts as U+FFFD. */
  public int[] encode(String text) {
    return encode(text, true);
  }

  /**
   * The tokens of a text.
   *
   * @param special whether those are added that the model expects around every text
   */
  public int[] encode(String text, boolean special) {
    return share.value().encode(Surrogates.repaired(text), special);
  }

  /**
   * The tokens of a text that names its special tokens itself, as a chat template's prompt does:
   * none is added.
   */
  public int[] encodeAsIs(String text) {
    return share.value().encode(Surrogates.repaired(text), false);
  }

  /** The id of a special token, or nothing where the text is not one token. */
  public OptionalInt idOf(String token) {
    int[] ids = token.isEmpty() ? new int[0] : encodeAsIs(token);
    return ids.length == 1 ? OptionalInt.of(ids[0]) : OptionalInt.empty();
  }

  /**
   * The text of some tokens, special tokens left out. Bytes that are no complete UTF-8 character
   * become U+FFFD; ids that the tokenizer does not know are left out.
   *
   * @param tokens read-only
   * @param start the first token
   * @param end after the last token
   */
  public String decode(int[] tokens, int start, int end) {
    return start == end ? "" : share.value().decode(tokens, start, end);
  }

  /**
   * Cuts a row to a length: tokens of the text go, from its end, and special tokens stay.
   *
   * @param tokens what {@link #encode} returned
   * @param limit at most so many tokens stay
   */
  public int[] truncate(int[] tokens, int limit) {
    if (tokens.length <= limit) {
      return tokens;
    }
    int[] cut = Arrays.copyOf(tokens, limit);
    int after = Math.min(specialTokensAfter, Math.max(0, limit - specialTokensBefore));
    System.arraycopy(tokens, tokens.length - after, cut, limit - after, after);
    return cut;
  }

  @Override
  public void close() {
    share.close();
  }

  private static int indexOf(int[] part, int[] whole) {
    for (int start = 0; start + part.length <= whole.length; start++) {
      if (Arrays.equals(part, 0, part.length, whole, start, start + part.length)) {
        return start;
      }
    }
    return -1;
  }
}
