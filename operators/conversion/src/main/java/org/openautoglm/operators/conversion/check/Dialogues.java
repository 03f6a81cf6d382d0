package org.openautoglm.operators.conversion.check;

import java.util.List;
import java.util.stream.Stream;

/**
 * What language models are tried on where the user gives no text: short conversations of one
 * question and one answer, mostly Chinese, different in subject and length.
 */
final class Dialogues {
  static final List<Turn> ALL =
      List.of(
          new Turn(
              "请介绍一下人工智能。",
              "人工智能是研究如何让计算机完成通常需要人类智慧才能完成的任务的学科。它包括机器学习、自然语言处理和"
                  + "计算机视觉等方向，已经广泛应用于医疗、交通、教育和金融等领域。"),
          new Turn(
              "怎样才能保持健康的生活方式？",
              "首先，要保证充足的睡眠，成年人每天最好睡七到八个小时。其次，饮食要均衡，多吃蔬菜和水果，少吃油腻和"
                  + "过甜的食物。最后，要坚持适量的运动，比如每天散步半个小时，并且保持愉快的心情。"),
          new Turn("水为什么会结冰？", "当温度降到零摄氏度以下时，水分子的运动变慢，分子之间形成稳定的结构，于是液态的水就变成了固态的冰。"),
          new Turn(
              "请给我推荐几个适合周末去的地方。",
              "如果您喜欢自然风光，可以去附近的公园或者山里走走，呼吸新鲜空气。如果您喜欢安静，可以去图书馆或者博物馆。"
                  + "如果和朋友一起，也可以找一家有特色的餐厅，边吃边聊。"),
          new Turn(
              "Python是一种什么样的语言？",
              "Python是一种解释型的高级编程语言，语法简洁，容易学习。它有丰富的第三方库，常用于数据分析、网站开发、" + "自动化脚本和机器学习。"),
          new Turn(
              "我最近工作压力很大，晚上睡不着，怎么办？",
              "很理解您的感受。您可以先把要做的事情写下来，按照重要程度排列，一件一件地完成。睡觉之前尽量不要看手机，"
                  + "可以听一些轻柔的音乐，或者做几次深呼吸。如果情况一直没有好转，建议向专业的医生寻求帮助。"),
          new Turn(
              "月亮为什么会有圆有缺？", "月亮本身不发光，我们看到的是它反射的太阳光。随着月亮绕着地球转动，被太阳照亮的部分从地球上看去不断变化，" + "所以就有了圆和缺。"),
          new Turn(
              "请写一段话，描述秋天的校园。",
              "秋天来了，校园里的银杏树换上了金黄色的衣裳。微风吹过，树叶像蝴蝶一样轻轻飘落，铺满了小路。同学们有的在" + "树下读书，有的在操场上奔跑，到处都充满了欢声笑语。"),
          new Turn(
              "什么是可再生能源？",
              "可再生能源是指可以在自然界中不断得到补充的能源，例如太阳能、风能、水能和生物质能。与煤炭和石油相比，" + "它们对环境的污染更小，有助于减少温室气体的排放。"),
          new Turn(
              "做西红柿炒鸡蛋需要哪些步骤？",
              "第一步，把鸡蛋打散，加少许盐，把西红柿切成小块。第二步，锅里放油，油热以后倒入蛋液，炒熟后盛出。第三步，"
                  + "再放一点油，把西红柿炒出汁水，加入鸡蛋、糖和盐，翻炒均匀就可以出锅了。"),
          new Turn(
              "What is the capital of France?",
              "The capital of France is Paris. It is known for its museums, its food and the Eiffel"
                  + " Tower."),
          new Turn(
              "学习外语有什么好的方法？",
              "学习外语需要长期的积累。您可以每天坚持听和说，哪怕只有十五分钟。遇到生词不要急着查字典，先根据上下文"
                  + "猜一猜意思。多读自己感兴趣的文章，并且找机会和别人用这种语言交流，进步会更快。"));

  private static final List<String> FURTHER_QUESTIONS =
      List.of(
          "你好",
          "你是谁？",
          "请解释什么是机器学习，并举一个生活中的例子说明它的用途。",
          "如何提高写作水平？请从阅读、练习和修改三个方面来谈一谈你的看法，每个方面至少写两句话。");

  private Dialogues() {}

  /** The questions of all conversations and some more, 16 in all. */
  static List<String> questions() {
    return Stream.concat(ALL.stream().map(Turn::question), FURTHER_QUESTIONS.stream()).toList();
  }

  /** A question and its answer. */
  record Turn(String question, String answer) {}
}
