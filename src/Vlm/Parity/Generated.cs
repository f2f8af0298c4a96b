using System.Globalization;
using Vlm.Engine;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Parity;

/// <summary>
/// The recorded greedy generation: its tokens, and the logits it chose the first of them by. After each step the recorded token
/// is read, so that where two were nearly as likely, what follows is compared all the same.
/// </summary>
internal static class Generated
{
    internal static void Compare(
        IVisionLanguageModel model, ParityCase recording, Prompt[] prompts, IReadOnlyList<int> endTokens,
        Tolerance tolerance, Dictionary<string, Difference> found)
    {
        using IDisposable mode = Inference.On(model.Device);
        Tensor wanted = recording.Load("gen.ids");                                            // [B, T]
        Tensor logits = Follow(model, prompts, wanted).cpu().to(ScalarType.Float32);          // [B, T, V]
        found["gen.ids"] = Tokens(wanted, logits, endTokens, tolerance.Token);

        foreach (string name in recording.Recorded.Where(n => n.StartsWith("gen.logits", StringComparison.Ordinal)))
        {
            Tensor first = recording.Load(name);                                              // [B, few, V]
            found[name] = tolerance.Compare(Kind.Logit, name, first, logits.narrow(1, 0, first.shape[1]));
        }
    }

    // The logits that each recorded token is held against, nothing banned, as the reference was asked.
    private static Tensor Follow(IVisionLanguageModel model, Prompt[] prompts, Tensor wanted)
    {
        int count = (int)wanted.shape[1];
        var cache = new KvCache(model.Layers);
        (Tensor hidden, int[] next) = model.Prefill(prompts, cache);
        cache.Reserve(1, count);
        var logits = new List<Tensor> { model.Logits(hidden.narrow(1, hidden.shape[1] - 1, 1)) };
        for (int t = 1; t < count; t++)
        {
            Tensor positions = tensor(next.Select(first => (long)first + t - 1).ToArray()).unsqueeze(1);
            logits.Add(model.Logits(model.Continue(
                wanted.narrow(1, t - 1, 1).clone().On(model.Device), positions.On(model.Device), cache)));
        }
        return cat(logits, 1);
    }

    // The worst of the tokens up to each row's end: how far it lies below the most likely.
    private static Difference Tokens(Tensor wanted, Tensor logits, IReadOnlyList<int> endTokens, double allowed)
    {
        (double worst, string where, int equal, int all) = (0, "", 0, 0);
        for (int row = 0; row < wanted.shape[0]; row++)
        {
            long[] reference = wanted[row].data<long>().ToArray();
            int end = Array.FindIndex(reference, id => endTokens.Contains((int)id));
            for (int t = 0; t < (end < 0 ? reference.Length : end + 1); t++, all++)
            {
                (double gap, long best) = Below(logits[row][t], reference[t]);
                equal += gap == 0 ? 1 : 0;
                if (gap > worst)
                    (worst, where) = (gap, $", row {row + 1}, token {t + 1}: {best} instead of {reference[t]}");
            }
        }
        return new Difference("gen.ids", worst, allowed, worst == 0 ? ""
            : string.Create(CultureInfo.InvariantCulture, $"{equal} of {all} equal{where}"));
    }

    // As a share of the root mean square.
    private static (double Gap, long Best) Below(Tensor logits, long token)
    {
        double gap = (logits.max() - logits[token]).item<float>() / logits.square().mean().sqrt().item<float>();
        return (double.IsNaN(gap) ? double.PositiveInfinity : gap, logits.argmax(-1).item<long>());
    }
}
