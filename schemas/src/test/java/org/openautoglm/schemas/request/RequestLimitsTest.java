package org.openautoglm.schemas.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.protobuf.ByteString;
import org.junit.jupiter.api.Test;
import org.openautoglm.schemas.decode.Decoded;
import org.openautoglm.schemas.decode.PromptDecoder;
import org.openautoglm.schemas.flow.PromptRecord;

class RequestLimitsTest {
  @Test
  void mustBePositive() {
    assertThatIllegalArgumentException().isThrownBy(() -> new RequestLimits(0, 1, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> new RequestLimits(1, 0, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> new RequestLimits(1, 1, 0));
  }

  @Test
  void countAnEmojiAsOneCharacterAndAreInclusive() {
    assertThat(refused(new RequestLimits(1000, 2, 3), "\"😀😀😀\",\"abc\"")).isFalse();
    assertThat(refused(new RequestLimits(1000, 2, 3), "\"abcd\"")).isTrue();
    assertThat(refused(new RequestLimits(1000, 2, 3), "\"a\",\"b\",\"c\"")).isTrue();
    assertThat(refused(new RequestLimits(33, 2, 3), "\"abc\"")).isFalse();
    assertThat(refused(new RequestLimits(32, 2, 3), "\"abc\"")).isTrue();
  }

  private static boolean refused(RequestLimits limits, String inputs) {
    String json = "{\"model_id\":\"m\",\"inputs\":[" + inputs + "]}";
    PromptRecord record = PromptRecord.newBuilder().setValue(ByteString.copyFromUtf8(json)).build();
    return new PromptDecoder(limits, () -> 0).decode(record, 0) instanceof Decoded.Refused;
  }
}
