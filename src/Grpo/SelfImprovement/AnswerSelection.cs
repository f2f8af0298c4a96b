namespace Vlm.Grpo;

/// <summary>Chooses, among a model's answers to many queries, those that it is taught by. Pure; equal answers are one.</summary>
/// <remarks>
/// Of each query the best answers above a threshold, at most so many that the whole is as large as asked for: the cap begins at 1 and
/// rises until it is, or until all are in. B-STaR, Zeng et al. 2024, arXiv:2412.17256, section 4; github.com/hkust-nlp/B-STaR,
/// determine_hyper.py, where equal answers count for the cap and are then left out, as here. It adds the reference answer to each
/// query's own, and here there is none.
/// </remarks>
public sealed class AnswerSelection
{
    private readonly Ranking[] _queries;
    private readonly int _most;

    /// <summary>Ranks the answers.</summary>
    /// <param name="queries">The answers to each query.</param>
    /// <exception cref="ArgumentException">There is no answer, or a liking is not finite.</exception>
    public AnswerSelection(IReadOnlyList<IReadOnlyList<Attempt>> queries)
    {
        if (queries.Sum(answers => answers.Count) == 0)
            throw new ArgumentException("there is no answer to choose", nameof(queries));
        if (queries.Any(answers => answers.Any(answer => !double.IsFinite(answer.Liking))))
            throw new ArgumentException("the liking of an answer is not finite", nameof(queries));
        _queries = [.. queries.Select(answers => new Ranking(answers))];
        _most = queries.Max(answers => answers.Count);
    }

    /// <summary>The answers that are chosen, as numbers among those of their query, best first.</summary>
    /// <param name="threshold">Only answers of a higher score.</param>
    /// <param name="size">How many answers are wanted in all.</param>
    public int[][] Choose(double threshold, int size)
    {
        int cap = Cap(threshold, size);
        return [.. _queries.Select(query => query.Chosen(query.Taken(threshold, cap)))];
    }

    /// <summary>How many are chosen of each query, and are right.</summary>
    /// <inheritdoc cref="Choose"/>
    public ChosenCount[] Count(double threshold, int size)
    {
        int cap = Cap(threshold, size);
        return [.. _queries.Select(query => query.Count(query.Taken(threshold, cap)))];
    }

    private int Cap(double threshold, int size)
    {
        int cap = 1;
        while (cap < _most && _queries.Sum(query => query.Count(query.Taken(threshold, cap)).Answers) < size)
            cap++;
        return cap;
    }

    // The answers to one query by falling score, of equals the first, with how many of the first n differ and are right.
    private sealed class Ranking
    {
        private readonly int[] _order;
        private readonly double[] _scores;
        private readonly bool[] _isFirst;
        private readonly ChosenCount[] _counts;

        public Ranking(IReadOnlyList<Attempt> answers)
        {
            _order = [.. Enumerable.Range(0, answers.Count).OrderByDescending(i => answers[i].Score)];
            _scores = [.. _order.Select(i => answers[i].Score)];
            var seen = new HashSet<string>(StringComparer.Ordinal);
            _isFirst = [.. _order.Select(i => seen.Add(answers[i].Text))];
            _counts = new ChosenCount[answers.Count + 1];
            foreach ((int n, int i) in _order.Index())
                _counts[n + 1] = _isFirst[n]
                    ? new(_counts[n].Answers + 1, _counts[n].Right + (answers[i].IsRight ? 1 : 0)) : _counts[n];
        }

        // Answers at the top, equal ones counted.
        public int Taken(double threshold, int cap)
        {
            int most = Math.Min(cap, _scores.Length), n = 0;
            while (n < most && _scores[n] > threshold)
                n++;
            return n;
        }

        public ChosenCount Count(int taken) => _counts[taken];

        public int[] Chosen(int taken) => [.. Enumerable.Range(0, taken).Where(n => _isFirst[n]).Select(n => _order[n])];
    }
}
