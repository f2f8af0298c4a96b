namespace Vlm.Grpo.Tests.Curricula;

/// <summary>Made-up sources, and answers whose success a function says.</summary>
internal static class Data
{
    private const int Seed = 7;

    public static QuestionSource Of(string name, int? count, double weight = 1) => new(
        name, weight, count, position => count is { } rows ? Shuffled(name, rows, position / rows)[position % rows] : position, $"{name} {count}");

    /// <summary>The questions of a whole run.</summary>
    public static Question[] Asked(Setting setting, int steps, int count) => [.. Run(setting, 1, steps, count, setting.New().Start).Asked];

    /// <summary>Some steps, from a state.</summary>
    public static (IReadOnlyList<Question> Asked, CurriculumState State) Run(
        Setting setting, int first, int last, int count, CurriculumState state)
    {
        Curriculum curriculum = setting.New();
        var asked = new List<Question>();
        for (int step = first; step <= last; step++)
        {
            CurriculumDraw drawn = curriculum.Next(state, step, count);
            asked.AddRange(drawn.Questions);
            Batch batch = Scored.Rates([.. drawn.Questions.Select(setting.Success)]);
            (state, _) = curriculum.Told(drawn, Scored.Prompts(batch), batch);
        }

        return (asked, state);
    }

    private static int[] Shuffled(string name, int rows, long pass)
    {
        int[] order = [.. Enumerable.Range(0, rows)];
        new RandomStream(Seed, name, pass).Shuffle<int>(order);
        return order;
    }

    /// <summary>A curriculum with its data.</summary>
    public sealed record Setting(string Name, IReadOnlyList<QuestionSource> Sources, CurriculumOptions? Options = null)
    {
        /// <summary>Share of a question's rollouts that are right: quarters.</summary>
        public Func<Question, double> Success { get; init; } = _ => 0.5;

        public Curriculum New() => new((Options ?? new()) with { Curriculum = Name }, Sources, Seed);
    }

    /// <summary>An empty folder, gone in the end.</summary>
    public sealed class Folder : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vlm-curriculum-");

        public string Path => _folder.FullName;

        public void Dispose() => _folder.Delete(recursive: true);
    }
}
