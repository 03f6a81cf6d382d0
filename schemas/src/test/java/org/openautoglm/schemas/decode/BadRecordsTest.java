package org.openautoglm.schemas.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openautoglm.schemas.corpus.BadRecord;
import org.openautoglm.schemas.corpus.BadRecords;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.flow.Refusal;
import org.openautoglm.schemas.request.RequestLimits;

class BadRecordsTest {
  private static final List<BadRecord> ALL = BadRecords.all();

  private final PromptDecoder decoder = new PromptDecoder(RequestLimits.DEFAULT, () -> 0);

  @Test
  void hasManyRecordsOfDifferentNamesAndValues() {
    assertThat(ALL).hasSizeGreaterThan(200);
    assertThat(ALL.stream().map(BadRecord::name)).doesNotHaveDuplicates();
    assertThat(ALL.stream().map(bad -> List.of(bad.value(), bad.headers())))
        .doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @MethodSource("decidedByDecode")
  void isRefusedWithItsCodeAndWords(BadRecord bad) {
    Decoded decoded = decoder.decode(bad.at(Records.SOURCE), 0);

    assertThat(decoded).isInstanceOf(Decoded.Refused.class);
    Refusal refusal = ((Decoded.Refused) decoded).refusal();
    assertThat(refusal.getError().getMessage()).contains(bad.words()).hasSizeLessThan(4_000);
    assertThat(refusal.getError().getCode()).isEqualTo(bad.code().name());
    assertThat(refusal.hasDeadLetter()).isEqualTo(bad.code() == FailureCode.MALFORMED_RECORD);
    assertThat(refusal.hasRequest()).isEqualTo(bad.code() == FailureCode.INVALID_REQUEST);
    assertThat(refusal.getRequest().getRequestId())
        .isEqualTo(refusal.hasRequest() ? bad.name() : "");
  }

  @ParameterizedTest
  @MethodSource("decidedLater")
  void isAcceptedWhereALaterStageDecides(BadRecord bad) {
    assertThat(decoder.decode(bad.at(Records.SOURCE), 0)).isInstanceOf(Decoded.Accepted.class);
  }

  static Stream<BadRecord> decidedByDecode() {
    return ALL.stream().filter(bad -> bad.decidedBy() == BadRecord.Stage.DECODE);
  }

  static Stream<BadRecord> decidedLater() {
    return ALL.stream().filter(bad -> bad.decidedBy() != BadRecord.Stage.DECODE);
  }
}
