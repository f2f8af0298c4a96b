namespace Vlm.Checkpoints;

/// <summary>Names of tensors, as messages show them.</summary>
internal static class TensorNames
{
    /// <summary>The three names most like the wanted one.</summary>
    public static IEnumerable<string> Nearest(string name, IEnumerable<string> names) =>
        names.OrderByDescending(other => Alike(other, name)).ThenBy(other => other, StringComparer.Ordinal).Take(3);

    // Characters that agree at the beginning and at the end: tensor names differ in the middle, at a layer or a prefix.
    private static int Alike(string a, string b) =>
        a.Zip(b).TakeWhile(pair => pair.First == pair.Second).Count()
        + a.Reverse().Zip(b.Reverse()).TakeWhile(pair => pair.First == pair.Second).Count();
}
