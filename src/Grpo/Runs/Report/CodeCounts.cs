using System.Runtime.InteropServices;

namespace Vlm.Grpo.Reports;

/// <summary>Counts the codes of rollouts, one rollout at a time.</summary>
/// <param name="first">The first step of the run.</param>
/// <param name="last">The last step of the run.</param>
internal sealed class CodeCounts(long first, long last)
{
    private const double Part = 0.25;      // of the run: its begin and its end
    private readonly Dictionary<long, long> _early = [], _late = [];
    private readonly Dictionary<long, Dictionary<string, long>> _tokens = [];

    /// <summary>What was counted; null where no rollout had codes.</summary>
    public CodeUsage? Usage => _late.Count == 0 ? null
        : new(_early, _late, _tokens.ToDictionary(code => code.Key, code => (IReadOnlyDictionary<string, long>)code.Value));

    /// <summary>Counts the codes of a rollout.</summary>
    /// <param name="step">Its step.</param>
    /// <param name="codes">Its codes; none where the policy acts by tokens.</param>
    public void Add(long step, IReadOnlyList<Coded> codes)
    {
        double apart = (last - first) * Part;
        Dictionary<long, long>? part = step >= last - apart ? _late : step <= first + apart ? _early : null;
        foreach ((long code, string? piece) in codes)
        {
            if (part is not null)
                CollectionsMarshal.GetValueRefOrAddDefault(part, code, out _)++;
            if (piece is not null)
                CollectionsMarshal.GetValueRefOrAddDefault(
                    CollectionsMarshal.GetValueRefOrAddDefault(_tokens, code, out _) ??= [], piece, out _)++;
        }
    }
}
