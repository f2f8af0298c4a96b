namespace Vlm.Datasets.Tests;

/// <summary>What a reader who never sees the image can score.</summary>
public class ShapesBalanceTests
{
    private const double Limit = 0.60;

    private static readonly ShapesQuestion[] Train = Ask(Split.Train, 20_000);
    private static readonly ShapesQuestion[] Test = Ask(Split.Test, 5_000);

    [Fact]
    public void The_best_constant_answer_of_a_kind_scores_at_most_sixty_percent()
    {
        foreach (var kind in Train.GroupBy(question => question.Kind))
        {
            string best = kind.CountBy(question => question.Answer).MaxBy(pair => pair.Value).Key;
            Under(kind.Key, Test.Where(question => question.Kind == kind.Key), _ => best);
        }
    }

    [Fact]
    public void Remembering_each_question_scores_at_most_sixty_percent()
    {
        Dictionary<string, string> memory = Train.GroupBy(question => question.Text).ToDictionary(
            same => same.Key, same => same.CountBy(question => question.Answer).MaxBy(pair => pair.Value).Key);
        int known = Test.Count(question => memory.ContainsKey(question.Text));

        Assert.True(known > 4000, $"only {known} of 5000 test questions were asked in training");
        foreach (var kind in Test.GroupBy(question => question.Kind))
            Under(kind.Key, kind, question => memory.GetValueOrDefault(question.Text, ""));
    }

    // Naive Bayes over the set of words, with add-one smoothing, one model per kind.
    [Fact]
    public void The_words_of_the_question_score_at_most_sixty_percent()
    {
        foreach (var kind in Train.GroupBy(question => question.Kind))
        {
            var bayes = new NaiveBayes(kind);
            Under(kind.Key, Test.Where(question => question.Kind == kind.Key), question => bayes.Guess(question.Text));
        }
    }

    [Fact]
    public void The_baseline_does_learn_where_words_tell_the_answer()
    {
        ShapesQuestion[] told =
        [
            .. Train.Where(question => question.Kind is "color" or "shape").Take(2000)
                .Select(question => question with { Text = $"{question.Text} {question.Answer}" }),
        ];
        var bayes = new NaiveBayes(told);

        Assert.True(told.Count(question => bayes.Guess(question.Text) == question.Answer) > 1900);
    }

    private static void Under(string kind, IEnumerable<ShapesQuestion> questions, Func<ShapesQuestion, string> guess)
    {
        ShapesQuestion[] asked = [.. questions];
        double score = asked.Average(question => guess(question) == question.Answer ? 1.0 : 0.0);
        Assert.True(asked.Length > 500, $"{kind}: {asked.Length}");
        Assert.True(score <= Limit, $"{kind}: {score:P1} without the image");
    }

    private static ShapesQuestion[] Ask(Split split, int count) =>
        [.. Enumerable.Range(0, count).Select(i => Shapes.Question(21, split, i))];

    private sealed class NaiveBayes
    {
        private readonly Dictionary<string, (int Count, Dictionary<string, int> Words)> _answers = [];
        private readonly int _questions;

        public NaiveBayes(IEnumerable<ShapesQuestion> questions)
        {
            foreach (var same in questions.GroupBy(question => question.Answer))
            {
                Dictionary<string, int> words =
                    same.SelectMany(question => Words(question.Text)).CountBy(word => word).ToDictionary();
                _answers[same.Key] = (same.Count(), words);
                _questions += same.Count();
            }
        }

        public string Guess(string text) => _answers.MaxBy(answer => LogProbability(answer.Value, text)).Key;

        private double LogProbability((int Count, Dictionary<string, int> Words) answer, string text) =>
            Math.Log((double)answer.Count / _questions)
            + Words(text).Sum(word => Math.Log((answer.Words.GetValueOrDefault(word) + 1.0) / (answer.Count + 2.0)));

        private static IEnumerable<string> Words(string text) => text.TrimEnd('?', '.').Split(' ').Distinct();
    }
}
