namespace Vlm.Onnx.Runtime;

/// <summary>Reads what a graph takes and gives, and what a tensor is.</summary>
internal static unsafe class OrtMetadata
{
    public static OnnxValueInfo[] Inputs(OrtApi api, nint session) => All(
        api, session, api.SessionGetInputCount, api.SessionGetInputName, api.SessionGetInputTypeInfo);

    public static OnnxValueInfo[] Outputs(OrtApi api, nint session) => All(
        api, session, api.SessionGetOutputCount, api.SessionGetOutputName, api.SessionGetOutputTypeInfo);

    public static OnnxValueInfo[] Optional(OrtApi api, nint session) => All(
        api, session, api.SessionGetOverridableInitializerCount, api.SessionGetOverridableInitializerName,
        api.SessionGetOverridableInitializerTypeInfo);

    private static OnnxValueInfo[] All(
        OrtApi api, nint session, delegate* unmanaged<nint, nuint*, nint> countOf,
        delegate* unmanaged<nint, nuint, nint, byte**, nint> nameOf, delegate* unmanaged<nint, nuint, nint*, nint> typeOf)
    {
        nuint count = 0;
        api.Check(countOf(session, &count));
        var found = new OnnxValueInfo[count];
        for (nuint i = 0; i < count; i++)
        {
            byte* name = null;
            nint type = 0;
            api.Check(nameOf(session, i, api.Environment.Allocator, &name));
            api.Check(typeOf(session, i, &type));
            found[i] = Info(api, name, type);
        }

        return found;
    }

    /// <summary>The element type of an OrtTensorTypeAndShapeInfo.</summary>
    public static OnnxElement Element(OrtApi api, nint tensor)
    {
        int element = 0;
        api.Check(api.GetTensorElementType(tensor, &element));
        return OnnxElements.Of(element);
    }

    /// <summary>The sizes of an OrtTensorTypeAndShapeInfo; -1 where free.</summary>
    public static long[] Sizes(OrtApi api, nint tensor)
    {
        nuint count = 0;
        api.Check(api.GetDimensionsCount(tensor, &count));
        var sizes = new long[count];
        fixed (long* at = sizes)
            api.Check(api.GetDimensions(tensor, at, count));
        return sizes;
    }

    // Takes the name and the type: both are freed here.
    private static OnnxValueInfo Info(OrtApi api, byte* name, nint type)
    {
        using var handle = new OrtHandle(type, api.ReleaseTypeInfo);
        string text = OrtApi.Text(name);
        api.Check(api.AllocatorFree(api.Environment.Allocator, name));
        nint tensor = 0;
        api.Check(api.CastTypeInfoToTensorInfo(type, &tensor));
        return tensor == 0
            ? new OnnxValueInfo(text, OnnxElement.Unknown, [])
            : new OnnxValueInfo(text, Element(api, tensor), Axes(api, tensor));
    }

    private static OnnxAxis[] Axes(OrtApi api, nint tensor)
    {
        long[] sizes = Sizes(api, tensor);
        byte** names = stackalloc byte*[sizes.Length];
        api.Check(api.GetSymbolicDimensions(tensor, names, (nuint)sizes.Length));
        var axes = new OnnxAxis[sizes.Length];
        for (int i = 0; i < axes.Length; i++)
            axes[i] = new OnnxAxis(sizes[i] < 0 ? null : sizes[i], OrtApi.Text(names[i]));
        return axes;
    }
}
