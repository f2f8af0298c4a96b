using System.Runtime.CompilerServices;
using Vlm.Tables;

namespace Vlm.Grpo;

/// <summary><c>pictures.parquet</c>: the pictures of held-out questions and of some groups, each once.</summary>
/// <remarks>
/// Which are kept depends on the step alone, so a resumed run keeps the same: those of the first groups of every step up to 15, then
/// of eight steps of every doubling (16, 18 ... 30, 32, 36 ... 60, 64 ...), and those of the first held-out questions.
/// </remarks>
internal sealed class PictureLog
{
    public const string Name = "pictures", FileName = Name + StepTable.Ending;

    /// <summary>Held-out questions whose pictures are kept.</summary>
    public const int HeldOut = 512;

    private const int Groups = 8, Most = 4096;
    private const long MostBytes = 96L << 20, BytesPerPart = 8 << 20;

    private static readonly Column[] s_columns =
    [
        new("key", ColumnType.Text), new("picture", ColumnType.Bytes), new("width", ColumnType.Integer), new("height", ColumnType.Integer),
    ];

    private readonly StepTable _table;
    private readonly HashSet<string> _keys = [];
    private readonly ConditionalWeakTable<ImageSource, string> _known = [];     // held-out pictures come again with every evaluation
    private readonly ConditionalWeakTable<ImageSource, KeptPicture> _packed = [];
    private long _bytes, _waiting;

    /// <summary>Continues the pictures of a folder.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="keep">The last step whose pictures are kept; -1 keeps none.</param>
    public PictureLog(string run, long keep)
    {
        _table = new(run, Name, s_columns, keep);
        foreach (TableRow row in StepTable.Files(run, Name).SelectMany(part => ParquetFile.Read(part, "key", "picture")))
            if (_keys.Add(row.Get<string>("key")))
                _bytes += row.Get<byte[]>("picture").Length;
    }

    /// <summary>How many groups of a step have their pictures kept.</summary>
    public static int GroupsOf(long step) => step <= 0 || step % (1L << Math.Max(0, (int)Math.Log2(step) - 3)) != 0 ? 0 : Groups;

    /// <summary>Packs the first picture of an example, which is kept later: on any thread, so that whoever keeps it need not wait.</summary>
    public void Pack(Example example)
    {
        if (example.Images is [var source, ..] && !_known.TryGetValue(source, out _))
            _packed.AddOrUpdate(source, KeptPicture.Of(source, example.Id));
    }

    /// <summary>Keeps the first picture of an example.</summary>
    /// <returns>Its key; null where it has none, or as many pictures are kept as may be.</returns>
    public string? Keep(long step, Example example)
    {
        if (example.Images.Count == 0 || _keys.Count >= Most || _bytes >= MostBytes)
            return null;
        ImageSource source = example.Images[0];
        if (_known.TryGetValue(source, out string? known))
            return known;
        KeptPicture picture = _packed.TryGetValue(source, out KeptPicture? packed) ? packed : KeptPicture.Of(source, example.Id);
        _packed.Remove(source);
        _known.Add(source, picture.Key);
        if (_keys.Add(picture.Key))
        {
            _bytes += picture.File.Length;
            _waiting += picture.File.Length;
            _table.Add(step, [[picture.Key, picture.File, picture.Width, picture.Height]]);
            if (_waiting >= BytesPerPart)
                Flush();
        }

        return picture.Key;
    }

    /// <summary>Writes what was taken as a part.</summary>
    public void Flush()
    {
        _table.Flush();
        _waiting = 0;
    }

    /// <summary>Makes one file of the parts.</summary>
    public void Merge() => _table.Merge();
}
