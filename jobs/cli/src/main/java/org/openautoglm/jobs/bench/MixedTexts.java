package org.openautoglm.jobs.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Repeatable Chinese texts of mixed length, as search queries, comments and paragraphs mix in a
 * topic: log-normal, about 43 characters on average, at most 250.
 */
final class MixedTexts {
  private static final String[] PHRASES = {
    "深度学习是机器学习的一个分支，", "今天天气很好，", "我们在云端部署了新的服务，", "请问这个产品什么时候发货？",
    "数据流经过窗口被分成小批次，", "向量检索可以找到语义相近的句子，", "这家餐厅的味道不错，", "延迟比昨天低了三成，",
    "模型在图形处理器上运行得更快，", "用户反馈界面有些复杂，", "昨晚的比赛非常精彩，", "请把合同发到我的邮箱，",
    "人工智能正在改变医疗行业，", "城市的夜景让人难忘，", "这本书值得再读一遍，", "系统在凌晨自动完成了升级，"
  };

  private MixedTexts() {}

  static List<String> texts(int count) {
    Random random = new Random(17);
    List<String> texts = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      double length = Math.exp(3.4 + 0.85 * random.nextGaussian());
      texts.add(text((int) Math.min(250, Math.max(4, length)), random));
    }
    return texts;
  }

  /** Texts that are all so many characters long, three times as many bytes. */
  static List<String> ofLength(int characters, int count) {
    Random random = new Random(17);
    List<String> texts = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      texts.add(text(characters, random));
    }
    return texts;
  }

  private static String text(int length, Random random) {
    StringBuilder text = new StringBuilder();
    while (text.length() < length) {
      text.append(PHRASES[random.nextInt(PHRASES.length)]);
    }
    return text.substring(0, length);
  }
}
