using Vlm.Engine;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Parity;

/// <summary>The recorded greedy generation: its tokens, and the logits it chose the first of them by.</summary>
internal static class Generated
{
    internal static void Compare(
        IVisionLanguageModel model, ParityCase recording, Prompt[] prompts, IReadOnlyList<int> endTokens,
        Dictionary<string, Difference> found)
    {
        using IDisposable mode = Inference.On(model.Device);
        Tensor wanted = recording.Load("gen.ids");                                            // [B, T]
        (long[][] ids, List<Tensor> logits) = Greedy(model, prompts, (int)wanted.shape[1]);
        found["gen.ids"] = Tokens(wanted, ids, endTokens);

        foreach (string name in recording.Recorded.Where(n => n.StartsWith("gen.logits", StringComparison.Ordinal)))
        {
            Tensor first = recording.Load(name);                                              // [B, few, V]
            Tensor got = stack(logits[..(int)first.shape[1]], 1);
            found[name] = ParityCheck.Of(name, first, got, ParityCheck.LogitTolerance);
        }
    }

    // The most likely token each time, nothing banned, as the reference was asked.
    private static (long[][] Ids, List<Tensor> Logits) Greedy(IVisionLanguageModel model, Prompt[] prompts, int count)
    {
        var cache = new KvCache(model.Layers);
        (Tensor hidden, int[] next) = model.Prefill(prompts, cache);
        cache.Reserve(1, count);
        var logits = new List<Tensor> { model.Logits(hidden.narrow(1, hidden.shape[1] - 1, 1)).squeeze(1) };
        var ids = new List<long[]>();
        while (true)
        {
            Tensor chosen = logits[^1].argmax(-1);                                            // [B]
            ids.Add(chosen.cpu().data<long>().ToArray());
            if (ids.Count == count)
                return ([.. prompts.Select((_, row) => ids.Select(step => step[row]).ToArray())], logits);

            Tensor positions = tensor(next.Select(first => (long)first + ids.Count - 1).ToArray()).unsqueeze(1);
            Tensor read = model.Continue(chosen.unsqueeze(1), positions.to(model.Device), cache);
            logits.Add(model.Logits(read).squeeze(1));
        }
    }

    private static Difference Tokens(Tensor wanted, long[][] ids, IReadOnlyList<int> endTokens)
    {
        for (int row = 0; row < ids.Length; row++)
        {
            long[] reference = wanted[row].data<long>().ToArray();
            int end = Array.FindIndex(reference, id => endTokens.Contains((int)id));
            int length = end < 0 ? reference.Length : end + 1;
            int differs = ids[row].Zip(reference).Take(length).TakeWhile(pair => pair.First == pair.Second).Count();
            if (differs < length)
                return new Difference("gen.ids", double.PositiveInfinity, 0,
                    $"row {row + 1}, token {differs + 1}: {ids[row][differs]} instead of {reference[differs]}");
        }
        return new Difference("gen.ids", 0, 0);
    }
}
